//! The parser of filters and of attribute paths, which contain each other (RFC 7644 figure 1).
//!
//! It recurses once per parenthesis or bracket, and never deeper than [`MAX_DEPTH`]. Errors give a place
//! but not the text found there, which may hold an e-mail address.

use serde_json::Value;

use super::{Filter, Operator};
use crate::json::parse_value;
use crate::scim::attribute::{AttributePath, parse_name, parse_plain};
use crate::scim::error::{ScimError, ScimErrorKind};

/// The longest filter or path, in bytes.
pub const MAX_LENGTH: usize = 8 * 1024;
/// How deep parentheses and brackets may nest.
pub const MAX_DEPTH: usize = 32;
/// How many comparisons there may be.
pub const MAX_TERMS: usize = 100;

/// What is wrong, and before which character.
#[derive(Debug)]
// A pointer, as `ScimError`.
pub(crate) struct ParseError(Box<Wrong>);

#[derive(Debug)]
struct Wrong {
    character: Option<usize>,
    message: String,
}

impl ParseError {
    pub(crate) fn into_scim(self, kind: ScimErrorKind, what: &str) -> ScimError {
        let Wrong { character, message } = *self.0;
        let detail = match character {
            Some(character) => format!("the {what} is wrong at character {character}: {message}"),
            None => format!("the {what} is too long: {message}"),
        };
        ScimError::new(kind, detail)
    }
}

/// A position in the text and what is left of the limits.
pub(crate) struct Parser<'t> {
    text: &'t str,
    at: usize,
    terms: usize,
}

impl<'t> Parser<'t> {
    pub(crate) fn new(text: &'t str) -> Result<Self, ParseError> {
        if text.len() > MAX_LENGTH {
            let message = format!("{} bytes, at most {MAX_LENGTH} are allowed", text.len());
            return Err(ParseError(Box::new(Wrong { character: None, message })));
        }
        Ok(Self { text, at: 0, terms: 0 })
    }

    /// Reads a filter that takes up all of the text.
    pub(crate) fn whole_filter(mut self) -> Result<Filter, ParseError> {
        let filter = self.or(0)?;
        self.end()?;
        Ok(filter)
    }

    /// Reads a path that takes up all of the text.
    pub(crate) fn whole_path(mut self) -> Result<AttributePath, ParseError> {
        self.skip_blanks();
        let path = self.path(0)?;
        self.end()?;
        Ok(path)
    }

    fn end(&mut self) -> Result<(), ParseError> {
        self.skip_blanks();
        match self.rest().chars().next() {
            None => Ok(()),
            Some(')') => Err(self.error("there is no opening parenthesis for this one")),
            Some(_) => Err(self.error("nothing more was expected here")),
        }
    }

    fn or(&mut self, depth: usize) -> Result<Filter, ParseError> {
        let mut filters = vec![self.and(depth)?];
        while self.keyword("or") {
            filters.push(self.and(depth)?);
        }
        Ok(single_or(filters, Filter::Or))
    }

    fn and(&mut self, depth: usize) -> Result<Filter, ParseError> {
        let mut filters = vec![self.term(depth)?];
        while self.keyword("and") {
            filters.push(self.term(depth)?);
        }
        Ok(single_or(filters, Filter::And))
    }

    fn term(&mut self, depth: usize) -> Result<Filter, ParseError> {
        self.skip_blanks();
        if self.eat('(') {
            return self.group(depth, ')');
        }
        let before = self.at;
        if self.keyword("not") {
            self.skip_blanks();
            if self.eat('(') {
                return Ok(Filter::Not(Box::new(self.group(depth, ')')?)));
            }
            self.at = before;
        }
        self.comparison(depth)
    }

    /// What follows an opening parenthesis or bracket, up to and with the closing one.
    fn group(&mut self, depth: usize, closing: char) -> Result<Filter, ParseError> {
        if depth >= MAX_DEPTH {
            return Err(self.error(format!("nested more than {MAX_DEPTH} levels deep")));
        }
        let filter = self.or(depth + 1)?;
        self.skip_blanks();
        if !self.eat(closing) {
            return Err(self.error(format!("'{closing}', \"and\" or \"or\" was expected")));
        }
        Ok(filter)
    }

    fn comparison(&mut self, depth: usize) -> Result<Filter, ParseError> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(self.error(format!("more than {MAX_TERMS} comparisons")));
        }
        let path = self.path(depth)?;
        self.skip_blanks();
        let before = self.at;
        let word = self.word();
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path));
        }
        if let Some(operator) = Operator::parse(word) {
            return Ok(Filter::Compare { path, operator, value: self.value()? });
        }
        self.at = before;
        if path.filter().is_some() && path.sub_attribute().is_none() {
            return Ok(Filter::Any(path));
        }
        Err(self.error("an operator (eq, ne, co, sw, ew, gt, ge, lt, le, pr) was expected"))
    }

    fn path(&mut self, depth: usize) -> Result<AttributePath, ParseError> {
        let start = self.at;
        let word = self.word();
        let mut path = match parse_plain(word) {
            Ok(path) => path,
            Err(message) => {
                self.at = start;
                return Err(self.error(message));
            }
        };
        if !self.eat('[') {
            return Ok(path);
        }
        if path.name().is_none() || path.sub_attribute().is_some() {
            return Err(self.error("a bracket follows only the name of an attribute"));
        }
        path = path.with_filter(self.group(depth, ']')?);
        if !self.eat('.') {
            return Ok(path);
        }
        let sub_attribute = self.word();
        parse_name(sub_attribute)
            .map(|name| path.with_sub_attribute(name))
            .map_err(|message| self.error(message))
    }

    fn value(&mut self) -> Result<Value, ParseError> {
        self.skip_blanks();
        if self.rest().starts_with('"') {
            return self.string();
        }
        let start = self.at;
        let word = self.word();
        let is = |known: &str| word.eq_ignore_ascii_case(known);
        match word {
            _ if is("true") => Ok(Value::Bool(true)),
            _ if is("false") => Ok(Value::Bool(false)),
            _ if is("null") => Ok(Value::Null),
            _ if word.is_empty()
                || is("and")
                || is("or")
                || word.contains(['"', '\'', '\\', '\0']) =>
            {
                self.at = start;
                Err(self.error("a value was expected: a string in double quotes, a number, true, false or null"))
            }
            // Entra's documentation shows `externalId eq jyoung`.
            _ => match parse_value(word.as_bytes()) {
                Ok(number @ Value::Number(_)) => Ok(number),
                _ => Ok(Value::String(word.to_owned())),
            },
        }
    }

    fn string(&mut self) -> Result<Value, ParseError> {
        let rest = self.rest();
        let mut escaped = false;
        for (index, c) in rest.char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => {
                    let literal = rest.get(..=index).unwrap_or_default();
                    let Ok(Value::String(text)) = parse_value(literal.as_bytes()) else {
                        return Err(self.error("the string is not valid JSON"));
                    };
                    // A path may make an attribute of it, and no attribute has that character.
                    if text.contains('\0') {
                        return Err(self.error("U+0000 is not allowed in strings"));
                    }
                    self.at += literal.len();
                    return Ok(Value::String(text));
                }
                _ => {}
            }
        }
        Err(self.error("the string is not closed"))
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, expected: char) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len_utf8();
        }
        found
    }

    /// Skips the word if it is next, with the blanks before it.
    fn keyword(&mut self, expected: &str) -> bool {
        let before = self.at;
        self.skip_blanks();
        if self.word().eq_ignore_ascii_case(expected) {
            return true;
        }
        self.at = before;
        false
    }

    /// Everything up to a blank, bracket or parenthesis.
    fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']');
        let word = rest.split(ends).next().unwrap_or_default();
        self.at += word.len();
        word
    }

    fn error(&self, message: impl Into<String>) -> ParseError {
        let before = self.text.get(..self.at).unwrap_or_default();
        let character = Some(before.chars().count() + 1);
        ParseError(Box::new(Wrong { character, message: message.into() }))
    }
}

fn single_or(mut filters: Vec<Filter>, many: fn(Vec<Filter>) -> Filter) -> Filter {
    match filters.pop() {
        Some(only) if filters.is_empty() => only,
        Some(last) => {
            filters.push(last);
            many(filters)
        }
        None => many(filters),
    }
}
