use super::super::binary::put_number;
use super::*;

fn component(sections: &[(u8, usize)]) -> Vec<u8> {
    let mut bytes = vec![0; PREAMBLE];
    for (kind, length) in sections {
        bytes.push(*kind);
        put_number(&mut bytes, *length);
        bytes.extend(vec![*kind; *length]);
    }
    bytes
}

#[test]
fn the_largest_module_is_found_among_other_sections() {
    let bytes = component(&[(7, 3), (MODULE, 127), (MODULE, 70_000), (MODULE, 128), (0, 90_000)]);
    let sections = sections(&bytes).unwrap();
    let found = largest_module(&sections).unwrap();
    assert_eq!(found.payload.len(), 70_000);
    assert_eq!(bytes[found.all.start], MODULE);
    assert_eq!(bytes[found.all.end], MODULE);
    assert!(bytes[found.payload.clone()].iter().all(|byte| *byte == MODULE));
}

#[test]
fn what_is_no_component_is_refused() {
    assert!(largest_module(&sections(&component(&[(7, 3)])).unwrap()).is_err());
    let cut = component(&[(MODULE, 300)]);
    assert!(sections(&cut[..cut.len() - 1]).is_err());
    assert!(sections(&[&[0; PREAMBLE][..], &[MODULE, 0x80, 0x80]].concat()).is_err());
}

/// An empty module is one as it is.
#[test]
fn what_means_nothing_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    let module = b"\0asm\x01\0\0\0";
    let mut bytes = component(&[(CUSTOM, 5), (7, 3)]);
    bytes.push(MODULE);
    put_number(&mut bytes, module.len());
    bytes.extend(module);
    let kept = component(&[(7, 3)]);
    let rest = bytes[component(&[(CUSTOM, 5), (7, 3)]).len()..].to_vec();
    bytes.extend([CUSTOM, 1, 0]);
    std::fs::write(&from, bytes).unwrap();
    shrink(&from, &to).unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), [kept, rest].concat());
}
