//! Makes one script of the page's modules, for `build.rs`: compressed together they take 6 KB less than each for itself, and
//! a browser asks once.
//!
//! Each module becomes a function that is run once, behind those that it imports from, and gives back what it exports. Of
//! the ways to import and export (ECMAScript §16.2) this knows those that the page's modules use, in a line of their own;
//! whatever else begins so is refused, and so is a text over several lines, as lines lose their indentation. Refused too are
//! a name that the other module does not export, which would be `undefined` here, and waiting outside of a function.

use std::fmt::Write as _;

type Result<T> = std::result::Result<T, String>;

/// What a line may begin with that exports a name.
const EXPORTS: [&str; 4] = ["const ", "function ", "async function ", "class "];

/// The script that does what the module `entry` does. `files` are all files by their names.
pub(crate) fn bundle(files: &[(String, String)], entry: &str) -> Result<String> {
    let mut bundle = Bundle { files, script: String::new(), begun: Vec::new(), done: Vec::new() };
    bundle.add(entry)?;
    Ok(bundle.script)
}

struct Bundle<'f> {
    files: &'f [(String, String)],
    script: String,
    /// Modules that wait for what they import.
    begun: Vec<String>,
    /// Modules in the script, and what they export.
    done: Vec<(String, Vec<String>)>,
}

impl Bundle<'_> {
    fn add(&mut self, name: &str) -> Result<()> {
        if self.done.iter().any(|(done, _)| done == name) {
            return Ok(());
        }
        if self.begun.iter().any(|begun| begun == name) {
            return Err(format!("{name} imports from itself, by way of others"));
        }
        let file = self.files.iter().find(|(known, _)| known == name);
        let (_, text) = file.ok_or_else(|| format!("there is no {name} to import from"))?;
        self.begun.push(name.to_owned());
        let (mut body, mut exported, mut in_comment) = (String::new(), Vec::new(), false);
        for (number, line) in (1..).zip(text.lines()) {
            let refuse = |why: &str| format!("{name}:{number}: {why}");
            if line.matches('`').count() % 2 > 0 || line.ends_with('\\') {
                return Err(refuse("a text may not go over several lines"));
            }
            if waits(line) {
                return Err(refuse("only a function may wait"));
            }
            let line = line.trim();
            if in_comment || begins_comment(line) {
                in_comment = !line.contains("*/");
                body += &format!("{line}\n");
            } else if let Some(import) = line.strip_prefix("import ") {
                let (names, from) = imported(import).ok_or_else(|| refuse(UNKNOWN))?;
                self.add(from)?;
                if let Some(name) = self.missing(names, from) {
                    return Err(refuse(&format!("{from} does not export {name}")));
                }
                body += &format!("const {names} = {};\n", variable(from));
            } else if let Some(export) = line.strip_prefix("export ") {
                exported.push(declared(export).ok_or_else(|| refuse(UNKNOWN))?.to_owned());
                body += &format!("{export}\n");
            } else if is_import(line) {
                return Err(refuse(UNKNOWN));
            } else if !is_comment(line) {
                body += &format!("{line}\n");
            }
        }
        self.begun.pop();
        let (module, names) = (variable(name), exported.join(", "));
        self.done.push((name.to_owned(), exported));
        write!(self.script, "const {module} = (() => {{\n{body}return {{ {names} }};\n}})();\n")
            .map_err(|error| error.to_string())
    }

    /// Which of the names in braces the module `from` does not export.
    fn missing<'n>(&self, names: &'n str, from: &str) -> Option<&'n str> {
        let (_, exported) = self.done.iter().find(|(done, _)| done == from)?;
        let mut names = names.trim_matches(['{', '}', ' ']).split(',').map(str::trim);
        names.find(|name| exported.iter().all(|known| known != name))
    }
}

const UNKNOWN: &str = "this way to import or export is not known to src/settings/bundle.rs";

/// The names, in braces, and the file of `{ a, b } from './c.js';`.
fn imported(import: &str) -> Option<(&str, &str)> {
    let (names, from) = import.strip_suffix("';")?.split_once(" from './")?;
    let is_list = names.starts_with("{ ") && names.ends_with(" }") && !names.contains(" as ");
    (is_list && from.ends_with(".js")).then_some((names, from))
}

/// The name that `const name = …`, or something of that kind, declares.
fn declared(export: &str) -> Option<&str> {
    let behind = EXPORTS.iter().find_map(|kind| export.strip_prefix(kind))?;
    let name = behind.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()?;
    (!name.is_empty()).then_some(name)
}

/// Whether a line has something to do with modules that is no statement of its own.
fn is_import(line: &str) -> bool {
    ["import", "export"].iter().any(|word| {
        // It may begin another word, or be a key.
        let is_word =
            |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == ':');
        line.strip_prefix(word).is_some_and(is_word)
    }) || ["import(", "import (", "import.meta"].iter().any(|use_of| line.contains(use_of))
}

/// Whether a line waits and stands in no function, as far as its indentation tells.
fn waits(line: &str) -> bool {
    let outside = !line.starts_with([' ', '\t', '/']) && !line.contains("async");
    let is_word = |before: &str, behind: &str| {
        let part = |c: char| c.is_ascii_alphanumeric() || "_$'".contains(c);
        !before.ends_with(part) && !behind.starts_with(part)
    };
    outside && line.split_once("await").is_some_and(|(before, behind)| is_word(before, behind))
}

/// Whether a comment begins that goes on in the next line.
fn begins_comment(line: &str) -> bool {
    line.strip_prefix("/*").is_some_and(|comment| !comment.contains("*/"))
}

fn is_comment(line: &str) -> bool {
    line.is_empty()
        || line.starts_with("//")
        || (line.starts_with("/*") && line.find("*/") == Some(line.len() - 2))
}

/// What stands for the module `name` in the script. Our modules have no names that begin so.
fn variable(name: &str) -> String {
    format!("${}", name.trim_end_matches(".js"))
}

#[cfg(test)]
mod tests;
