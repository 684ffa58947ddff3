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
    let found = largest_module(&bytes).unwrap();
    assert_eq!(found.payload.len(), 70_000);
    assert_eq!(bytes[found.all.start], MODULE);
    assert_eq!(bytes[found.all.end], MODULE);
    assert!(bytes[found.payload].iter().all(|byte| *byte == MODULE));
}

#[test]
fn what_is_no_component_is_refused() {
    assert!(largest_module(&component(&[(7, 3)])).is_err());
    let cut = component(&[(MODULE, 300)]);
    assert!(largest_module(&cut[..cut.len() - 1]).is_err());
    assert!(largest_module(&[&[0; PREAMBLE][..], &[MODULE, 0x80, 0x80]].concat()).is_err());
}
