use anyhow::bail;

use super::*;

fn complete(home: &Path) -> bool {
    home.join("done").is_file()
}

fn fill(new: &Path) -> Result<()> {
    Ok(std::fs::write(new.join("done"), "new")?)
}

/// What lies in the folder that the homes of a test are in.
fn names(parent: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(parent).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_folder_is_made_with_the_folders_above_it() {
    let parent = tempfile::tempdir().unwrap();
    let home = parent.path().join("tools").join("home");
    whole(&home, complete, fill).unwrap();
    assert!(complete(&home));
    assert_eq!(names(&parent.path().join("tools")), ["home"]);
}

#[test]
fn a_complete_folder_is_left_alone() {
    let parent = tempfile::tempdir().unwrap();
    let home = parent.path().join("home");
    whole(&home, complete, fill).unwrap();
    whole(&home, complete, |_| bail!("made again")).unwrap();
}

#[test]
fn what_fails_half_way_leaves_nothing() {
    let parent = tempfile::tempdir().unwrap();
    let home = parent.path().join("home");
    let error = whole(&home, complete, |new| {
        fill(new)?;
        bail!("interrupted")
    });
    assert_eq!(error.unwrap_err().to_string(), "interrupted");
    assert!(names(parent.path()).is_empty());
}

#[test]
fn half_a_folder_is_replaced() {
    let parent = tempfile::tempdir().unwrap();
    let home = parent.path().join("home");
    std::fs::create_dir(&home).unwrap();
    std::fs::write(home.join("half"), "").unwrap();
    whole(&home, complete, fill).unwrap();
    assert_eq!(names(&home), ["done"]);
}

#[test]
fn a_folder_that_another_run_made_meanwhile_is_kept() {
    let parent = tempfile::tempdir().unwrap();
    let home = parent.path().join("home");
    whole(&home, complete, |new| {
        std::fs::create_dir(&home)?;
        std::fs::write(home.join("done"), "theirs")?;
        fill(new)
    })
    .unwrap();
    assert_eq!(std::fs::read_to_string(home.join("done")).unwrap(), "theirs");
    assert_eq!(names(parent.path()), ["home"]);
}
