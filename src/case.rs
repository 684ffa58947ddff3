//! Lower case, as Unicode has it, by a table that is a fifth as large as the standard library's.

/// Letters that are equally far from those in lower case: the first, how many they are, how far they are apart, and where
/// theirs are.
#[derive(Clone, Copy, Debug)]
struct Run(u32, u16, u16, i32);

/// All that are not ASCII, in order. `build.rs` makes it.
static RUNS: &[Run] = include!(concat!(env!("OUT_DIR"), "/lower_case.rs"));

/// The Greek letter that is another at the end of a word.
const SIGMA: char = '\u{3a3}';

/// `text` in lower case.
pub(crate) fn to_lower_case(text: &str) -> String {
    let mut lower = String::with_capacity(text.len());
    let mut letter_before = false;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            SIGMA if letter_before && !rest.clone().next().is_some_and(char::is_alphabetic) => {
                lower.push('\u{3c2}');
            }
            // The one letter that becomes two: an i, and its dot.
            '\u{130}' => lower.push_str("i\u{307}"),
            c => lower.push(letter(c)),
        }
        letter_before = c.is_alphabetic();
    }
    lower
}

/// The letter that `c` is in lower case.
fn letter(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let code = u32::from(c);
    let behind = RUNS.partition_point(|run| run.0 <= code);
    let Some(Run(first, count, step, delta)) = behind.checked_sub(1).and_then(|n| RUNS.get(n))
    else {
        return c;
    };
    let from_first = code - first;
    if from_first % u32::from(*step) != 0 || from_first / u32::from(*step) >= u32::from(*count) {
        return c;
    }
    code.checked_add_signed(*delta).and_then(char::from_u32).unwrap_or(c)
}

#[cfg(test)]
mod tests;
