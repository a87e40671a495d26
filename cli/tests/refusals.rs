//! Bad input: the exit status, one line that names what is wrong, and nothing else.

mod common;

use std::io::Read;
use std::process::Stdio;

use common::*;

#[test]
fn usage() {
    refused(2, &[], &["a command is expected", "--help"]);
    refused(2, &["bogus"], &["`bogus`", "hermite", "activations"]);
    refused(2, &["hermite"], &["ACTIVATION"]);
    refused(2, &["hermite", "relu", "gelu"], &["'gelu'"]);
    refused(2, &["hermite", "relu", "--bogus"], &["'--bogus'", "ntk hermite --help"]);
    refused(2, &["hermite", "--bogus", "relu"], &["'--bogus'"]);
    refused(2, &["hermite", "relu", "--max-degree"], &["--max-degree"]);
    refused(2, &["hermite", "relu", "--format", "xml"], &["xml", "markdown", "json"]);
    refused(2, &["hermite", "relu", "--closed-forms", "some"], &["some", "expanded"]);
}

#[test]
fn help_and_version_are_answers() {
    for args in [&["--help"][..], &["--version"], &["hermite", "--help"], &["help", "activations"]] {
        assert!(!printed(args).is_empty());
    }
    assert!(printed(&["--help"]).contains("Examples:"));
}

#[test]
fn activations() {
    refused(2, &["hermite", ""], &["ACTIVATION", "empty", "relu"]);
    refused(2, &["hermite", "rellu"], &["`rellu`", "relu"]);
    refused(2, &["hermite", "leaky-relu(1,2,3)"], &["leaky-relu"]);
    refused(2, &["hermite", "leaky-relu(nan)"], &["nan"]);
    refused(2, &["hermite", "piecewise([1,0];[0],[1],[2])"], &["ACTIVATION", "breakpoint"]);
    refused(2, &["hermite", "exp(x^2)"], &["exp(x^2)", "square-integrable"]);
    refused(2, &["hermite", "x*1e-9223372036854775808"], &["exponent"]);
    refused(2, &["hermite", "x*0.5e-9223372036854775808"], &["exponent"]);
    refused(2, &["hermite", &"(".repeat(100_000)], &["ACTIVATION"]);
    refused(2, &["hermite", "re\nlu\u{1b}[31m"], &["ACTIVATION"]);
}

#[test]
fn numbers() {
    for bad in ["nan", "inf", "", "1/0", "0x10", "1e99999", "1e-9223372036854775808", "1,5", "--1"] {
        refused(2, &["hermite", "relu", "--variance", bad], &["--variance"]);
    }
    refused(2, &["hermite", "relu", "--variance", "-1"], &["variance", "-1"]);
    refused(2, &["hermite", "relu", "--variance", "0"], &["variance", "0"]);
    refused(2, &["hermite", "relu", "--variance", &"9".repeat(100_000)], &["--variance"]);
    for bad in ["0", "10000000", "-1", "x", "1.5", ""] {
        refused(2, &["hermite", "relu", "--digits", bad], &["--digits", "1 to 100000"]);
    }
    for bad in ["1000000000", "-1", "x", "1000001", "99999999999999999999999"] {
        refused(2, &["hermite", "relu", "--max-degree", bad], &["--max-degree", "0 to 1000000"]);
    }
    refused(2, &["hermite", "relu", "--max-degree", "1000000", "--digits", "100000"], &["--digits"]);
}

#[test]
fn networks() {
    let table = |more: &[&'static str]| [&["table", "relu"], more].concat();
    refused(2, &["table"], &["ACTIVATION"]);
    refused(2, &["table", ""], &["ACTIVATION", "empty"]);
    refused(2, &["table", "rellu"], &["`rellu`"]);
    refused(2, &table(&["--sigma-w2", "-1"]), &["sigma_w2", "-1"]);
    refused(2, &table(&["--sigma-w2", "normalised"]), &["--sigma-w2", "`normalised`", "`normalized`"]);
    refused(2, &table(&["--sigma-b2", "-1/3"]), &["sigma_b2", "-1/3"]);
    refused(2, &table(&["--sigma-b2", "normalized"]), &["--sigma-b2", "`unit`"]);
    refused(2, &table(&["--sigma-b2", "unit"]), &["unit", "sigma_w2"]);
    refused(2, &table(&["--sigma-w2", "3", "--sigma-b2", "unit"]), &["sigma_b2"]);
    refused(2, &table(&["--sigma-b2", "2"]), &["sigma_b2", "normalized"]);
    refused(2, &table(&["--gamma-w2", "0", "--gamma-b2", "0"]), &["gamma_w2", "gamma_b2", "positive"]);
    refused(2, &table(&["--gamma-w2", "-1"]), &["gamma_w2"]);
    refused(2, &table(&["--radius2", "0"]), &["radius2"]);
    refused(2, &table(&["--hidden-layers", "0"]), &["--hidden-layers", "1 to 1000"]);
    refused(2, &table(&["--hidden-layers", "1001"]), &["--hidden-layers", "1 to 1000"]);
    refused(2, &table(&["--max-degree", "1000000000"]), &["--max-degree"]);
    refused(2, &table(&["--kernel", "ntkk"]), &["ntkk", "nngp"]);
    refused(2, &table(&["--convention", "murray2023", "--hidden-layers", "2"]), &["murray2023", "one"]);
    refused(2, &table(&["--convention", "murray2023", "--radius2", "2"]), &["murray2023"]);
    refused(2, &["table", "sign"], &["sign", "no NTK", "NNGP"]);
    for bad in ["nan", "1/0", "", "1e99999", "1e-9223372036854775808", "0.5e-9223372036854775808"] {
        for option in ["--sigma-w2", "--sigma-b2", "--gamma-w2", "--gamma-b2", "--radius2"] {
            refused(2, &["table", "relu", option, bad], &[option]);
        }
    }
    // Near the limits of numbers that are accepted.
    for (option, huge) in [("--sigma-w2", "1e9999"), ("--gamma-b2", "1e-9999"), ("--radius2", "1e9999")] {
        let args = ["table", "relu", "--max-degree", "1", "--closed-forms", "none", option, huge];
        let text = printed(&args);
        assert!(text.lines().all(|line| line.chars().count() <= 110), "{text}");
    }
}

#[test]
fn outputs() {
    let folder = Folder::new();
    let missing = folder.file("missing/out.json");
    refused(2, &["hermite", "relu", "--output", &missing], &["--output", "missing", "existing folder"]);
    refused(2, &["hermite", "relu", "--output", folder.path().to_str().unwrap()], &["is a folder"]);
    refused(2, &["hermite", "rellu", "--output", &folder.file("new.json")], &["rellu"]);
    assert!(folder.names().is_empty());
    let file = folder.with("old.json", "old");
    refused(2, &["hermite", "relu", "--digits", "0", "--output", &file], &["--digits"]);
    refused(2, &["hermite", "relu", "--output", &format!("{file}/x")], &["--output"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "old");
    assert_eq!(folder.names(), ["old.json"]);
}

#[test]
fn a_file_is_replaced_whole() {
    let folder = Folder::new();
    let file = folder.with("out.json", "old");
    assert_eq!(printed(&["hermite", "relu", "--format", "json", "--output", &file]), "");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), printed(&["hermite", "relu", "--format", "json"]));
    assert_eq!(folder.names(), ["out.json"]);
    // In the working folder, by a bare name.
    let status =
        command(&["activations", "--output", "names.txt"]).current_dir(folder.path()).status().unwrap();
    assert!(status.success());
    assert_eq!(folder.names(), ["names.txt", "out.json"]);
}

#[cfg(unix)]
#[test]
fn links_and_permissions_survive() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new();
    let file = folder.with("real.txt", "old");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.file("link.txt");
    symlink("real.txt", &link).unwrap();
    printed(&["activations", "--output", &link]);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(std::fs::read_to_string(&file).unwrap().contains("relu"));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
}

#[cfg(target_os = "linux")]
#[test]
fn devices_are_written_to() {
    assert_eq!(printed(&["activations", "--output", "/dev/null"]), "");
    refused(2, &["activations", "--output", "/dev/full"], &["/dev/full"]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(&["activations"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("error: cannot write to standard output"));
}

#[test]
fn a_reader_may_leave() {
    let mut child =
        command(&["hermite", "relu", "--max-degree", "20000", "--digits", "6", "--format", "csv"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
    let mut first = [0; 4];
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut first).unwrap();
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn two_outputs_do_not_share_a_file() {
    let folder = Folder::new();
    let file = folder.file("both.json");
    for other in [file.clone(), format!("{}/./both.json", folder.path().display())] {
        refused(2, &["certify", "relu", "--certificate", &file, "--output", &other], &["two outputs"]);
    }
    assert!(folder.names().is_empty());
}

#[cfg(unix)]
#[test]
fn a_failure_leaves_no_other_file() {
    let folder = Folder::new();
    let file = folder.file("c.json");
    if std::path::Path::new("/dev/full").exists() {
        refused(2, &["certify", "relu", "--certificate", &file, "--output", "/dev/full"], &["/dev/full"]);
        assert!(folder.names().is_empty());
        let kept = folder.with("c.json", "old");
        refused(2, &["certify", "relu", "--certificate", &kept, "--output", "/dev/full"], &["/dev/full"]);
        assert_eq!(std::fs::read_to_string(&kept).unwrap(), "old");
    }
    assert_eq!(ntk(&["certify", "relu", "--certificate", &file]).status, 0);
    assert!(std::fs::read_to_string(&file).unwrap().contains("strictly_positive_definite"));
    assert_eq!(folder.names(), ["c.json"]);
}

#[cfg(unix)]
#[test]
fn what_is_there_is_respected() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = Folder::new();
    let kept = folder.with("kept.txt", "old");
    std::fs::set_permissions(&kept, std::fs::Permissions::from_mode(0o444)).unwrap();
    refused(2, &["hermite", "relu", "--output", &kept], &["--output", "read-only"]);
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "old");
    // A link to nothing stays one; what it points to is made.
    symlink("target.txt", folder.path().join("link.txt")).unwrap();
    assert_eq!(printed(&["hermite", "relu", "--output", &folder.file("link.txt")]), "");
    assert!(folder.path().join("link.txt").is_symlink());
    assert!(std::fs::read_to_string(folder.path().join("target.txt")).unwrap().contains("relu"));
    symlink("missing/target.txt", folder.path().join("far.txt")).unwrap();
    refused(2, &["hermite", "relu", "--output", &folder.file("far.txt")], &["--output", "existing folder"]);
    symlink("loop.txt", folder.path().join("loop.txt")).unwrap();
    refused(2, &["hermite", "relu", "--output", &folder.file("loop.txt")], &["--output"]);
    assert_eq!(folder.names(), ["far.txt", "kept.txt", "link.txt", "loop.txt", "target.txt"]);
}

/// A signal while the second file waits for its reader: the first, which is written and has no name yet, goes away.
#[cfg(unix)]
#[test]
fn a_signal_leaves_nothing_behind() {
    use std::process::Command;
    use std::time::Duration;
    let folder = Folder::new();
    let (file, pipe) = (folder.file("c.json"), folder.file("pipe"));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for signal in ["INT", "TERM", "HUP"] {
        let mut child =
            command(&["certify", "relu", "--certificate", &file, "--output", &pipe]).spawn().unwrap();
        // Until the first file is there; it stays as long as nobody reads the pipe.
        let written = || folder.names().iter().any(|name| name.ends_with(".tmp"));
        while !written() {
            assert!(child.try_wait().unwrap().is_none(), "ended before it wrote");
            std::thread::sleep(Duration::from_millis(5));
        }
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success() && child.wait().unwrap().code().is_none(), "{signal} ends it");
        assert_eq!(folder.names(), ["pipe"]);
    }
}

#[test]
fn byte_order_marks_are_no_part_of_the_text() {
    let folder = Folder::new();
    let network = folder.with("network.json", "\u{feff}{\"layers\": [{\"activation\": \"relu\"}]}");
    printed(&["table", "--network", &network, "--max-degree", "1"]);
    let toml = folder.with("network.toml", "\u{feff}[[layers]]\nactivation = \"relu\"\n");
    printed(&["table", "--network", &toml, "--max-degree", "1"]);
    let points = folder.with("points.csv", "\u{feff}1,0\n0,1\n");
    printed(&["gram", &points, "relu"]);
    let certificate = folder.file("c.json");
    printed(&["certify", "relu", "--certificate", &certificate]);
    let text = std::fs::read_to_string(&certificate).unwrap();
    printed(&["check", &folder.with("marked.json", format!("\u{feff}{text}"))]);
}

#[test]
fn messages_show_what_cannot_be_seen() {
    for hidden in ['\u{202e}', '\u{2066}', '\u{200b}', '\u{2028}', '\u{feff}', '\u{ad}', '\u{e0041}'] {
        let said = ntk(&["hermite", &format!("re{hidden}lq")]);
        assert_eq!(said.status, 2);
        assert!(!said.stderr.contains(hidden), "{:?}", said.stderr);
        assert!(said.stderr.contains(&format!("U+{:04X}", u32::from(hidden))), "{:?}", said.stderr);
        let said = ntk(&["gram", &format!("no{hidden}file.csv"), "relu"]);
        assert!(!said.stderr.contains(hidden) && said.status == 2, "{:?}", said.stderr);
    }
}

/// It took minutes: the kink is far out, and from the second layer on the coefficients past it count. Counted work ends
/// it.
#[test]
fn too_much_work_is_refused() {
    refused(3, &["table", "max(x,pi+4)", "--hidden-layers", "2"], &["too much work"]);
    let order = [
        "neighbourhood",
        "tanh",
        "--widths",
        "2,32,32,1",
        "--at",
        "1/2,-1/3",
        "--order",
        "40",
        "--step-size",
        "1/1000",
    ];
    assert!(printed(&order).contains("left out: the kernel of the series to order 40 is too much work"));
}
