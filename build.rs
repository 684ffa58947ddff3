//! Makes what the module embeds: the files of the settings page compressed, the schemas, and what lower case is.

use std::env;
use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use serde_json::Value;

#[path = "src/settings/bundle.rs"]
mod bundle;
#[path = "src/scim/schema/packed/pack.rs"]
mod pack;

use bundle::bundle;
use pack::pack;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The kinds of files that a browser is given.
const KINDS: [&str; 4] = ["css", "html", "js", "svg"];

fn main() -> Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo names no OUT_DIR")?);
    page(&read("src/settings", &KINDS)?, &out.join("settings"))?;
    schemas(&read("src/scim/schemas", &["json"])?, &out.join("schemas"))?;
    lower_case(&out.join("lower_case.rs"))
}

/// The module that is the page; all others are what it imports.
const PAGE: &str = "app.js";

/// Compresses the files of the settings page, of which the modules become one. `{version}` in the page itself stands for
/// what tells them from those of other versions: FNV-1a of all of them. So a browser may keep them for ever.
fn page(files: &[(String, String)], to: &Path) -> Result<()> {
    let mut served = Vec::new();
    for (name, text) in files {
        if name == PAGE {
            served.push((name, bundle(files, PAGE)?));
        } else if !name.ends_with(".js") {
            served.push((name, text.clone()));
        }
    }
    let all = served.iter().flat_map(|(name, text)| name.bytes().chain(text.bytes()));
    let hash = all.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let version = format!("{hash:016x}");
    fs::create_dir_all(to)?;
    for (name, text) in &served {
        let text = match name.as_str() {
            "index.html" => &text.replace("{version}", &version),
            _ => text,
        };
        // Neither name nor time is in it, so that it is the same whoever builds it, and when.
        let file = fs::File::create(to.join(format!("{name}.gz")))?;
        let mut gzip = GzBuilder::new().write(file, Compression::best());
        gzip.write_all(text.as_bytes())?;
        gzip.finish()?;
    }
    println!("cargo::rustc-env=SCIM_EDGE_PAGE_VERSION={version}");
    Ok(())
}

/// Writes the schemas as programs read them, without white space, and packed.
fn schemas(files: &[(String, String)], to: &Path) -> Result<()> {
    let mut texts = Vec::new();
    for (name, text) in files {
        let schema: Value =
            serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))?;
        let text = schema.to_string();
        if !text.is_ascii() {
            return Err(format!("{name}: only ASCII can be packed").into());
        }
        texts.push(text.into_bytes());
    }
    fs::create_dir_all(to)?;
    fs::write(to.join("pairs"), pack(&mut texts))?;
    for ((name, _), packed) in files.iter().zip(texts) {
        fs::write(to.join(name), packed)?;
    }
    Ok(())
}

/// Writes, as the standard library of this compiler has it, which letters beyond ASCII have another in lower case: runs of
/// neighbours, or of every second letter, that are equally far from theirs.
fn lower_case(to: &Path) -> Result<()> {
    let mut runs: Vec<(u32, u32, u32, i32)> = Vec::new();
    for c in '\u{80}'..=char::MAX {
        let mut lower = c.to_lowercase();
        // One letter becomes two, which is no business of a table.
        let (Some(to), None) = (lower.next(), lower.next()) else { continue };
        let (c, delta) =
            (u32::from(c), i32::try_from(u32::from(to))? - i32::try_from(u32::from(c))?);
        if delta == 0 {
            continue;
        }
        if let Some((first, count, step, same)) = runs.last_mut()
            && *same == delta
        {
            // The second one says how far they are apart.
            if *count == 1 && c == *first + 2 {
                *step = 2;
            }
            if c == *first + *count * *step {
                *count += 1;
                continue;
            }
        }
        runs.push((c, 1, 1, delta));
    }
    fs::write(to, format!("{runs:?}").replace('(', "Run(").replacen('[', "&[", 1))?;
    Ok(())
}

/// The files of these kinds in `folder` by their names. With another, or one that is changed, this runs again.
fn read(folder: &str, kinds: &[&str]) -> Result<Vec<(String, String)>> {
    println!("cargo::rerun-if-changed={folder}");
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let (name, kind) = (path.file_name(), path.extension());
        if let (Some(name), Some(kind)) =
            (name.and_then(OsStr::to_str), kind.and_then(OsStr::to_str))
            && kinds.contains(&kind)
        {
            files.push((name.to_owned(), fs::read_to_string(&path)?));
        }
    }
    files.sort();
    Ok(files)
}
