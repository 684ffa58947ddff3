#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::bundle;

fn files(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn refusal(text: &str) -> String {
    let all = files(&[("app.js", text), ("b.js", "export const b = 1;\n")]);
    bundle(&all, "app.js").expect_err(text)
}

#[test]
fn each_module_is_run_once_behind_those_it_imports_from() {
    let all = files(&[
        (
            "app.js",
            "// The page.\n\nimport { b } from './b.js';\nimport { c, d } from './c.js';\nb(c, d);\n",
        ),
        (
            "b.js",
            "import { d } from './c.js';\n\n/** Says it. */\nexport async function b(x) {\n  say(x); // d\n}\n",
        ),
        ("c.js", "const own = 1;\nexport const c = own;\nexport class d {}\n"),
        ("other.js", "export default 1;\n"),
    ]);
    let expected = "\
const $c = (() => {
const own = 1;
const c = own;
class d {}
return { c, d };
})();
const $b = (() => {
const { d } = $c;
async function b(x) {
say(x); // d
}
return { b };
})();
const $app = (() => {
const { b } = $b;
const { c, d } = $c;
b(c, d);
return {  };
})();
";
    assert_eq!(bundle(&all, "app.js").as_deref(), Ok(expected));
}

#[test]
fn what_cannot_be_told_apart_is_refused_with_its_place() {
    for line in [
        "import b from './b.js';",
        "import * as b from './b.js';",
        "import { b as c } from './b.js';",
        "import { b } from \"./b.js\";",
        "import { b } from 'b';",
        "import './b.js';",
        "import {",
        "import{ b } from './b.js';",
        "const b = await import('./b.js');",
        "console.log(import.meta.url);",
        "export default 1;",
        "export { b };",
        "export * from './b.js';",
        "export let b = 1;",
        "export const { b } = c;",
        "const b = `over",
        "const b = 'over \\",
        "const b = await import ('./b.js');",
        "const b = import ('./b.js');",
        "import { b, c } from './b.js';",
        "import { $b } from './b.js';",
        "await a();",
        "for await (const b of a) run(b);",
        "export const b = await a();",
    ] {
        let why = refusal(&format!("const a = 1;\n{line}\n"));
        assert!(why.starts_with("app.js:2: "), "{line}: {why}");
    }
    assert!(refusal("import { a } from './none.js';\n").contains("no none.js"));
    let circle = files(&[
        ("app.js", "import { b } from './b.js';\n"),
        ("b.js", "import { c } from './c.js';\nexport const b = c;\n"),
        ("c.js", "import { b } from './b.js';\nexport const c = b;\n"),
    ]);
    let why = bundle(&circle, "app.js").expect_err("a circle");
    assert!(why.starts_with("b.js imports from itself"), "{why}");
}

#[test]
fn lines_that_only_look_like_comments_stay() {
    let text =
        "/* a */ run(); /* b */\nimport: 1,\n/**\n * A long one.\n */\nimportant();\nexported();\n";
    let script = bundle(&files(&[("app.js", text)]), "app.js").expect("a script");
    for line in
        ["/* a */ run(); /* b */", "import: 1,", "* A long one.", "important();", "exported();"]
    {
        assert!(script.contains(line), "{line} in {script}");
    }
}

#[test]
fn functions_may_wait() {
    let text = "export const a = async () => await b();\nconst awaited = 1;\nasync function c() {\n  await a();\n}\n// await\n";
    bundle(&files(&[("app.js", text)]), "app.js").expect("a script");
}

#[test]
fn one_declaration_of_several_names_exports_the_first_alone() {
    let all = files(&[
        ("app.js", "import { b, c } from './b.js';\n"),
        ("b.js", "export const b = 1, c = 2;\n"),
    ]);
    assert_eq!(bundle(&all, "app.js"), Err("app.js:1: b.js does not export c".to_owned()));
}

#[test]
fn a_comment_over_several_lines_ends_where_it_did() {
    let text = "/*\nimport { b } from './none.js';\n// end */\nrun();\n/*/\n*/\ngo();\n";
    let script = bundle(&files(&[("app.js", text)]), "app.js").expect("a script");
    assert!(script.contains(text), "{script}");
}
