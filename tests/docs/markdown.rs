//! Pages of documentation, read line by line.

use std::path::{Path, PathBuf};

/// A page of documentation.
pub(crate) struct Page {
    /// Its path from the root of the repository.
    pub(crate) name: String,
    /// What it says.
    pub(crate) text: String,
}

/// A fenced block.
pub(crate) struct Fence<'p> {
    /// What stands behind the backticks.
    pub(crate) language: &'p str,
    /// Its lines with their numbers, counted from 1.
    pub(crate) lines: Vec<(usize, &'p str)>,
}

/// A file of the repository.
pub(crate) fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The text of a file of the repository.
pub(crate) fn read(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every page that people are pointed to.
pub(crate) fn pages() -> Vec<Page> {
    let mut names = vec!["README.md".into(), "CONTRIBUTING.md".into(), "envoy/README.md".into()];
    for folder in ["docs", "docs/idp"] {
        names.extend(entries(folder).into_iter().filter(|name| name.ends_with(".md")));
    }
    names.into_iter().map(|name: String| Page::read(&name)).collect()
}

/// What lies in a folder, as paths from the root of the repository, sorted.
pub(crate) fn entries(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(file(folder)).unwrap();
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.unwrap().file_name().into_string().unwrap()
    };
    let mut names: Vec<String> = entries.map(|entry| format!("{folder}/{}", name(entry))).collect();
    names.sort();
    names
}

impl Page {
    /// The page at `name`.
    pub(crate) fn read(name: &str) -> Self {
        Self { name: name.to_owned(), text: read(name) }
    }

    /// The fenced blocks, in their order.
    pub(crate) fn fences(&self) -> Vec<Fence<'_>> {
        let mut fences = Vec::new();
        let mut open: Option<Fence<'_>> = None;
        for (number, line) in (1..).zip(self.text.lines()) {
            let mark = line.trim_start().strip_prefix("```");
            match (mark, &mut open) {
                (Some(language), None) => open = Some(Fence { language, lines: Vec::new() }),
                (Some(_), Some(_)) => fences.extend(open.take()),
                (None, Some(fence)) => fence.lines.push((number, line)),
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a fenced block is not closed", self.name);
        fences
    }

    /// The lines outside of fenced blocks.
    pub(crate) fn prose(&self) -> impl Iterator<Item = &str> {
        let mut fenced = false;
        self.text.lines().filter(move |line| {
            let mark = line.trim_start().starts_with("```");
            fenced ^= mark;
            !mark && !fenced
        })
    }

    /// What stands in backticks outside of fenced blocks.
    pub(crate) fn code_spans(&self) -> Vec<String> {
        spans(&self.prose().collect::<Vec<_>>().join("\n"))
    }

    /// The lines under the heading `title`, up to the next of that level, fenced blocks left out.
    pub(crate) fn section(&self, title: &str) -> Vec<&str> {
        let heading = format!("## {title}");
        let under = self.prose().skip_while(|line| *line != heading).skip(1);
        under.take_while(|line| !line.starts_with("## ")).collect()
    }

    /// The rows of the tables under the heading `title`, head and ruler left out.
    pub(crate) fn rows(&self, title: &str) -> Vec<Vec<String>> {
        let under = self.prose().skip_while(|line| line.trim_start_matches('#').trim() != title);
        let section = under.skip(1).take_while(|line| !line.starts_with('#'));
        let table: Vec<&str> = section.filter(|line| line.starts_with('|')).collect();
        assert!(table.len() > 2, "{}: no table under {title:?}", self.name);
        let cells = |row: &str| row.trim_matches('|').split('|').map(|c| c.trim().into()).collect();
        table.into_iter().skip(2).map(cells).collect()
    }

    /// Where its links lead, anchors and other sites left out.
    pub(crate) fn relative_links(&self) -> Vec<String> {
        let text: String = self.prose().collect::<Vec<_>>().join("\n");
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let paths = targets.map(|target| target.split('#').next().unwrap_or_default().to_owned());
        paths.filter(|path| !path.is_empty() && !path.contains("://")).collect()
    }
}

/// What stands in backticks in `text`.
pub(crate) fn spans(text: &str) -> Vec<String> {
    let odd = text.split('`').skip(1).step_by(2);
    odd.map(|span| span.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}
