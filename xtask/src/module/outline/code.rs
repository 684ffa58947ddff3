//! A module's code, as instructions of which each is known by a number.

use std::collections::HashMap;

use anyhow::{Context as _, Result, bail};
use wasmparser::{BinaryReader, FunctionBody, Operator, Parser, Payload, TypeRef, ValType};

use crate::module::binary::{PREAMBLE, number, put_number, put_section, sections};

/// Sections of a module (WebAssembly, binary format).
const TYPES: u8 = 1;
const FUNCTIONS: u8 = 3;
const CODE: u8 = 10;

/// `call`, `local.get`, `end`, and what a function's type begins with.
const OP_CALL: u8 = 0x10;
const OP_LOCAL_GET: u8 = 0x20;
const OP_END: u8 = 0x0b;
const FUNCTION_TYPE: u8 = 0x60;
const I32: u8 = 0x7f;

/// An instruction with all that belongs to it.
pub(super) type Id = u32;

/// What instructions do to the stack, all of it 32 bits wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Effect {
    pub(super) takes: usize,
    pub(super) gives: usize,
}

impl Effect {
    /// What both do, one after the other.
    pub(super) fn then(self, next: Self) -> Self {
        let lacking = next.takes.saturating_sub(self.gives);
        let left = self.gives.saturating_sub(next.takes);
        Self { takes: self.takes + lacking, gives: left + next.gives }
    }
}

/// The instructions that a module has.
#[derive(Debug, Default)]
pub(super) struct Instructions {
    all: Vec<(Vec<u8>, Option<Effect>)>,
    ids: HashMap<Vec<u8>, Id>,
}

impl Instructions {
    /// Its bytes.
    pub(super) fn bytes(&self, id: Id) -> &[u8] {
        self.all.get(id as usize).map(|(bytes, _)| &**bytes).unwrap_or_default()
    }

    /// What it does, if it may be in a sequence.
    pub(super) fn effect(&self, id: Id) -> Option<Effect> {
        self.all.get(id as usize).and_then(|(_, effect)| *effect)
    }

    fn id(&mut self, bytes: &[u8], effect: Option<Effect>) -> Result<Id> {
        if let Some(id) = self.ids.get(bytes) {
            return Ok(*id);
        }
        let id = Id::try_from(self.all.len()).context("too many instructions")?;
        self.ids.insert(bytes.to_vec(), id);
        self.all.push((bytes.to_vec(), effect));
        Ok(id)
    }
}

/// A function.
#[derive(Debug)]
pub(super) struct Function {
    /// Its locals, as they are in the module.
    locals: Vec<u8>,
    pub(super) code: Vec<Id>,
}

/// A sequence that became a function.
#[derive(Debug)]
pub(super) struct Outlined {
    pub(super) sequence: Vec<Id>,
    effect: Effect,
}

/// The code of a module.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) instructions: Instructions,
    pub(super) functions: Vec<Function>,
    pub(super) outlined: Vec<Outlined>,
    /// How many functions are imported.
    imported: usize,
}

impl Code {
    pub(super) fn read(module: &[u8]) -> Result<Self> {
        let (mut imported, mut globals) = (0, Vec::new());
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        match import?.ty {
                            TypeRef::Func(_) => imported += 1,
                            TypeRef::Global(global) => globals.push(global.content_type),
                            _ => {}
                        }
                    }
                }
                Payload::GlobalSection(all) => {
                    for global in all {
                        globals.push(global?.ty.content_type);
                    }
                }
                Payload::MemorySection(memories) => {
                    for memory in memories {
                        if memory?.memory64 {
                            bail!("the module's memory is not addressed by 32 bits");
                        }
                    }
                }
                _ => {}
            }
        }
        let mut code = Self {
            instructions: Instructions::default(),
            functions: Vec::new(),
            outlined: Vec::new(),
            imported,
        };
        for section in sections(module)?.iter().filter(|section| section.kind == CODE) {
            let (count, mut place) = number(module, section.payload.start)?;
            for _ in 0..count {
                let (length, start) = number(module, place)?;
                place = start + length;
                let body = module.get(start..place).context("a function has no end")?;
                let function = code.instructions.function(body, &globals)?;
                code.functions.push(function);
            }
        }
        Ok(code)
    }

    /// Makes a function of `sequence`, and gives back what calls it.
    pub(super) fn outline(&mut self, sequence: &[Id]) -> Result<Id> {
        let nothing = Effect { takes: 0, gives: 0 };
        let effects = sequence.iter().filter_map(|id| self.instructions.effect(*id));
        let effect = effects.fold(nothing, Effect::then);
        let mut call = vec![OP_CALL];
        put_number(&mut call, self.imported + self.functions.len() + self.outlined.len());
        self.outlined.push(Outlined { sequence: sequence.to_vec(), effect });
        self.instructions.id(&call, Some(effect))
    }

    /// The module `before` with this code.
    pub(super) fn write(&self, before: &[u8]) -> Result<Vec<u8>> {
        let mut effects: Vec<Effect> = self.outlined.iter().map(|each| each.effect).collect();
        effects.sort_unstable();
        effects.dedup();
        let mut module = before.get(..PREAMBLE).unwrap_or_default().to_vec();
        let mut first_type = 0;
        for section in sections(before)? {
            let entries = || {
                let (count, start) = number(before, section.payload.start)?;
                anyhow::Ok((count, before.get(start..section.payload.end).unwrap_or_default()))
            };
            match section.kind {
                TYPES => {
                    let (count, entries) = entries()?;
                    first_type = count;
                    let types = effects.iter().map(|effect| function_type(*effect));
                    put_section(&mut module, TYPES, &list(count, entries, types));
                }
                FUNCTIONS => {
                    let (count, entries) = entries()?;
                    let types = self.outlined.iter().map(|Outlined { effect, .. }| {
                        let place = effects.binary_search(effect).unwrap_or_default();
                        let mut index = Vec::new();
                        put_number(&mut index, first_type + place);
                        index
                    });
                    put_section(&mut module, FUNCTIONS, &list(count, entries, types));
                }
                CODE => {
                    let functions = self
                        .functions
                        .iter()
                        .map(|function| self.body(function.locals.clone(), &function.code, &[]));
                    let outlined = self.outlined.iter().map(|Outlined { sequence, effect }| {
                        let mut start = vec![0];
                        for parameter in 0..effect.takes {
                            start.push(OP_LOCAL_GET);
                            put_number(&mut start, parameter);
                        }
                        self.body(start, sequence, &[OP_END])
                    });
                    put_section(&mut module, CODE, &list(0, &[], functions.chain(outlined)));
                }
                _ => module.extend(before.get(section.all).unwrap_or_default()),
            }
        }
        Ok(module)
    }

    /// A function's body with its length in front.
    fn body(&self, start: Vec<u8>, code: &[Id], end: &[u8]) -> Vec<u8> {
        let mut body = start;
        for id in code {
            body.extend(self.instructions.bytes(*id));
        }
        body.extend(end);
        let mut whole = Vec::new();
        put_number(&mut whole, body.len());
        whole.extend(body);
        whole
    }
}

impl Instructions {
    fn function(&mut self, body: &[u8], globals: &[ValType]) -> Result<Function> {
        let mut operators = FunctionBody::new(BinaryReader::new(body, 0)).get_operators_reader()?;
        let mut start = operators.original_position();
        let locals = body.get(..start).unwrap_or_default().to_vec();
        let mut code = Vec::new();
        while !operators.eof() {
            let effect = effect(&operators.read()?, globals);
            let end = operators.original_position();
            code.push(self.id(body.get(start..end).unwrap_or_default(), effect)?);
            start = end;
        }
        Ok(Function { locals, code })
    }
}

/// `count` entries and the `new` ones.
fn list(count: usize, entries: &[u8], new: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let new: Vec<Vec<u8>> = new.collect();
    let mut list = Vec::new();
    put_number(&mut list, count + new.len());
    list.extend(entries);
    list.extend(new.concat());
    list
}

fn function_type(effect: Effect) -> Vec<u8> {
    let mut bytes = vec![FUNCTION_TYPE];
    for count in [effect.takes, effect.gives] {
        put_number(&mut bytes, count);
        bytes.extend(vec![I32; count]);
    }
    bytes
}

/// Whether `after` is `before` with sequences that became functions: with these in the place of each call it is the same.
pub(super) fn is_same(before: &Code, after: &Code) -> bool {
    let first = before.imported + before.functions.len();
    let (functions, made) =
        after.functions.split_at(before.functions.len().min(after.functions.len()));
    before.functions.len() == functions.len()
        && before.functions.iter().zip(functions).all(|(function, other)| {
            function.locals == other.locals
                && before.text(&function.code) == after.unfolded(&other.code, first, made)
        })
}

impl Code {
    fn text(&self, code: &[Id]) -> Vec<u8> {
        code.iter().flat_map(|id| self.instructions.bytes(*id)).copied().collect()
    }

    /// The text of `code` with the functions `made`, of which the first is the function `first`, in the place of calls.
    fn unfolded(&self, code: &[Id], first: usize, made: &[Function]) -> Vec<u8> {
        let mut text = Vec::new();
        for id in code {
            let bytes = self.instructions.bytes(*id);
            let called = bytes.strip_prefix(&[OP_CALL]).and_then(|_| number(bytes, 1).ok());
            let called = called.and_then(|(function, _)| made.get(function.checked_sub(first)?));
            match called {
                Some(function) => {
                    let is_parameter =
                        |id: &&Id| self.instructions.bytes(**id).first() == Some(&OP_LOCAL_GET);
                    let parameters = function.code.iter().take_while(is_parameter).count();
                    let end = function.code.len().saturating_sub(1);
                    let sequence = function.code.get(parameters..end).unwrap_or_default();
                    text.extend(self.unfolded(sequence, first, made));
                }
                None => text.extend(bytes),
            }
        }
        text
    }
}

/// What an instruction does to the stack. `None`: it branches, has to do with locals, or with what is not 32 bits wide.
fn effect(operator: &Operator<'_>, globals: &[ValType]) -> Option<Effect> {
    use Operator as O;
    let is_i32 = |global: &u32| globals.get(*global as usize) == Some(&ValType::I32);
    let (takes, gives) = match operator {
        O::I32Const { .. } => (0, 1),
        O::GlobalGet { global_index } if is_i32(global_index) => (0, 1),
        O::GlobalSet { global_index } if is_i32(global_index) => (1, 0),
        O::I32Load { .. }
        | O::I32Load8S { .. }
        | O::I32Load8U { .. }
        | O::I32Load16S { .. }
        | O::I32Load16U { .. }
        | O::I32Eqz
        | O::I32Clz
        | O::I32Ctz
        | O::I32Popcnt
        | O::I32Extend8S
        | O::I32Extend16S => (1, 1),
        O::I32Store { .. } | O::I32Store8 { .. } | O::I32Store16 { .. } => (2, 0),
        O::I32Eq
        | O::I32Ne
        | O::I32LtS
        | O::I32LtU
        | O::I32GtS
        | O::I32GtU
        | O::I32LeS
        | O::I32LeU
        | O::I32GeS
        | O::I32GeU
        | O::I32Add
        | O::I32Sub
        | O::I32Mul
        | O::I32And
        | O::I32Or
        | O::I32Xor
        | O::I32Shl
        | O::I32ShrS
        | O::I32ShrU
        | O::I32Rotl
        | O::I32Rotr => (2, 1),
        O::MemoryCopy { .. } | O::MemoryFill { .. } => (3, 0),
        _ => return None,
    };
    Some(Effect { takes, gives })
}
