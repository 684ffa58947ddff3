use super::*;

/// A module with this code in as many functions as are `said`.
fn module(code: &str, said: usize) -> Vec<u8> {
    let functions = format!("(func (param i32 i32) (local i32) {code})").repeat(said);
    let module = format!(
        "(module (import \"env\" \"log\" (func (param i32))) (memory 1) \
         (global $stack (mut i32) i32.const 64) (global $wide (mut i64) i64.const 0) {functions} \
         (export \"last\" (func {said})))"
    );
    wat::parse_str(module).unwrap()
}

const COPY: &str = "(memory.copy (local.get 0) (local.get 1) (i32.const 12))";

#[test]
fn what_is_said_often_is_said_once() {
    let many = module(COPY, 50);
    let outlined = outline(&many).unwrap();
    assert!(outlined.len() + 150 < many.len(), "{} of {}", outlined.len(), many.len());
    let code = Code::read(&outlined).unwrap();
    assert_eq!(code.functions.len(), 51);
    // `local.get`, `local.get`, `call`, `end`.
    assert!(code.functions[..50].iter().all(|function| function.code.len() == 4));
}

#[test]
fn what_is_said_seldom_stays_as_it_is() {
    for said in [1, 3] {
        let few = module(COPY, said);
        assert_eq!(outline(&few).unwrap(), few);
    }
}

#[test]
fn branches_locals_and_wide_values_are_in_no_sequence() {
    let codes = [
        "(block (block (br 0)) (br 0))",
        "(local.set 2 (local.get 0)) (local.set 1 (local.get 2))",
        "(global.set $wide (i64.load offset=4096 (local.get 0)))",
        "(call 0 (local.get 0)) (call 0 (local.get 1))",
    ];
    for code in codes {
        let many = module(code, 50);
        assert_eq!(outline(&many).unwrap(), many, "{code}");
    }
}

#[test]
fn a_function_takes_what_lies_below_what_its_sequence_puts_on_the_stack() {
    let code = "(global.set $stack (i32.add (i32.const 1024) (i32.sub (local.get 0) \
                (i32.load offset=4096 (local.get 1)))))";
    let outlined = outline(&module(code, 50)).unwrap();
    let (is_made, code) = (|call: &[u8]| call[0] == 0x10, Code::read(&outlined).unwrap());
    let calls = code.functions[0].code.iter().filter(|id| is_made(code.instructions.bytes(**id)));
    assert_eq!(calls.count(), 1);
    wasmparser::Validator::new().validate_all(&outlined).unwrap();
}

#[test]
fn it_comes_out_the_same_each_time() {
    let codes = ["(i32.store offset=8 (local.get 0) (i32.const -1))", COPY];
    let module = module(&codes.concat(), 40);
    let first = outline(&module).unwrap();
    assert!((0..5).all(|_| outline(&module).unwrap() == first));
}

#[test]
fn a_module_that_does_something_else_is_noticed() {
    let (one, other) = (module(COPY, 50), module(&COPY.replace("12", "16"), 50));
    let read = |bytes: &[u8]| Code::read(bytes).unwrap();
    let outlined = outline(&one).unwrap();
    assert!(is_same(&read(&one), &read(&outlined)));
    assert!(!is_same(&read(&other), &read(&outlined)));
    assert!(!is_same(&read(&module(COPY, 51)), &read(&outlined)));
}
