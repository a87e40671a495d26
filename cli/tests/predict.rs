//! `ntk predict`: files, targets, methods, and what is refused.

mod common;

use std::io::Write;
use std::process::Stdio;

use common::*;
use serde_json::Value;

const TRAIN: &str = "x,z,y\n1,0,1\n0,1,2\n1,1,3\n";

fn numbers(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value["value"].as_str().unwrap().to_string();
    let rows = answer["predictions"].as_array().unwrap();
    rows.iter().map(|row| (text(&row["mean"]), text(&row["variance"]))).collect()
}

#[test]
fn the_page_shows_what_is_printed() {
    let page = include_str!("../../docs/predict.md");
    let block = page.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = Folder::new();
    let mut parts = block.split("$ ").skip(1);
    for name in ["train.csv", "test.csv"] {
        let part = parts.next().unwrap();
        let content = part.strip_prefix(&format!("cat {name}\n")).unwrap();
        folder.with(name, content);
    }
    let (line, expected) = parts.next().unwrap().split_once('\n').unwrap();
    let args: Vec<&str> = line.strip_prefix("ntk ").unwrap().split(' ').collect();
    let said = command(&args).current_dir(folder.path()).output().unwrap();
    assert_eq!(String::from_utf8(said.stdout).unwrap(), expected);
}

#[test]
fn fields_are_those_of_the_contract() {
    let folder = Folder::new();
    let (train, test) = (folder.with("train.csv", TRAIN), folder.with("test.csv", "x,z\n2,1\n1,0\n"));
    let answer = json(&["predict", &train, &test, "relu", "--target", "y"]);
    assert_eq!(answer["schema"], "ntk-series/predict/1");
    assert_eq!(
        (&answer["method"], &answer["noise"], &answer["time"]),
        (&"ntk".into(), &"0".into(), &"infinity".into())
    );
    assert_eq!(answer["targets"], serde_json::json!(["y"]));
    assert_eq!((&answer["training"]["points"], &answer["test"]["dimension"]), (&3.into(), &2.into()));
    let found = numbers(&answer);
    assert_eq!(found[1], ("1".to_string(), "0".to_string()));
    narrow(&answer["predictions"][0]["mean"], 15, false);
    narrow(&answer["predictions"][0]["variance"], 15, false);
    assert!(answer.get("mean_squared_error").is_none() && answer.get("leave_one_out").is_none());
    // Several targets: a list of means, one variance.
    let both = json(&[
        "predict",
        &train,
        &test,
        "relu",
        "--target",
        "y,z",
        "--method",
        "nngp",
        "--noise",
        "1/3",
        "--loo",
        "--likelihood",
    ]);
    for rows in [&both["predictions"], &both["leave_one_out"]] {
        assert!(rows.as_array().unwrap().iter().all(|row| {
            row["mean"].as_array().unwrap().len() == 2 && row["variance"]["value"].is_string()
        }));
    }
    assert_eq!(both["log_marginal_likelihood"].as_array().unwrap().len(), 2);
    assert_eq!(both["leave_one_out"].as_array().unwrap().len(), 3);
    let trained = json(&["predict", &train, &test, "relu", "--target", "y", "--loo"]);
    assert!(trained["leave_one_out"][0]["variance"].is_null());
}

/// The same data in other files.
#[test]
fn columns_are_found_by_name_and_by_place() {
    let folder = Folder::new();
    let train = folder.with("train.csv", TRAIN);
    let test = folder.with("test.csv", "x,z\n2,1\n-1,1/2\n");
    let expected = numbers(&json(&["predict", &train, &test, "erf", "--target", "y"]));
    let same = |train: &str, test: &str, more: &[&str]| {
        let found = json(&[&["predict", train, test, "erf"], more].concat());
        assert_eq!(numbers(&found), expected, "{train} {test} {more:?}");
        found
    };
    let turned = folder.with("turned.csv", "y,kind,z,x\n0,a,1,2\n5,b,1/2,-1\n");
    let found = same(&train, &turned, &["--target", "y"]);
    // y = 0 and 5 were observed.
    assert!(found["mean_squared_error"]["value"].is_string());
    let bare = folder.with("bare.csv", "2 1\n-1 0.5\n");
    same(&train, &bare, &["--target", "3"]);
    let wide = folder.with("wide.csv", "2;1;9\n-1;0.5;9\n");
    same(&train, &wide, &["--target", "3"]);
    let named = folder.with("named.csv", ",x,z,y\na,1,0,1\nb,0,1,2\nc,1,1,3\n");
    same(&named, &test, &["--target", "y"]);
    same(&named, &bare, &["--target", "4", "--columns", "2-3"]);
    // pandas numbers the columns of arrays from 0.
    let numbered = folder.with("numbered.csv", ",0,1,2\n0,1,0,1\n1,0,1,2\n2,1,1,3\n");
    same(&numbered, &bare, &["--target", "2"]);
    let mixed = folder.with("mixed.csv", "x,kind,z,y\n1,a,0,1\n0,b,1,2\n1,c,1,3\n");
    same(&mixed, &test, &["--target", "y", "--columns", "x,z"]);
    let repeated = folder.with("repeated.csv", "x,z,y\n1,0,1\n0,1,2\n1,0,1\n1,1,3\n");
    let found = same(&repeated, &test, &["--target", "y", "--drop-duplicates"]);
    assert_eq!(found["training"]["dropped_duplicates"], 1);
    let mut piped = command(&["predict", "-", &test, "erf", "--target", "y", "--format", "json"]);
    let mut child = piped.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(TRAIN.as_bytes()).unwrap();
    let said = child.wait_with_output().unwrap().stdout;
    assert_eq!(numbers(&serde_json::from_slice(&said).unwrap()), expected);
}

#[test]
fn errors_on_test_are_known() {
    let folder = Folder::new();
    let train = folder.with("train.csv", TRAIN);
    // The training rows with targets that are off by 1, 0 and -2.
    let test = folder.with("test.csv", "y,x,z\n2,1,0\n2,0,1\n1,1,1\n");
    let answer = json(&["predict", &train, &test, "relu", "--target", "y"]);
    encloses(&answer["mean_squared_error"], &exact("5/3"), 14, false);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = Folder::new();
    let train = folder.with("train.csv", TRAIN);
    let test = folder.with("test.csv", "x,z\n2,1\n");
    let refuses = |more: &[&str], words: &[&str]| {
        refused(2, &[&["predict", &train, &test, "relu"], more].concat(), words);
    };
    refuses(&[], &["--target"]);
    refuses(&["--target", "w"], &["TRAIN", "--target", "w", "names in the header"]);
    refuses(&["--target", "4"], &["--target", "from 1 to 3"]);
    refuses(&["--target", "y", "--columns", "x,y"], &["--columns", "`y`", "target"]);
    refuses(&["--target", "x,y,z"], &["no column is left"]);
    refuses(&["--target", "y", "--noise", "-1"], &["noise = -1"]);
    refuses(&["--target", "y", "--time", "-1"], &["time = -1", "infinity"]);
    refuses(&["--target", "y", "--time", "soon"], &["--time", "soon"]);
    refuses(&["--target", "y", "--time", "1", "--noise", "1", "--method", "nngp"], &["posterior", "NTK"]);
    refuses(&["--target", "y", "--time", "1", "--loo"], &["--loo", "infinity"]);
    refuses(&["--target", "y", "--likelihood"], &["--likelihood", "nngp"]);
    refuses(&["--target", "y", "--method", "nngp", "--time", "1", "--likelihood"], &["--likelihood"]);
    let other = folder.with("other.csv", "1,2,3,4\n");
    refused(2, &["predict", &train, &other, "relu", "--target", "y"], &["TEST", "4 columns", "2 inputs"]);
    refused(2, &["predict", "-", "-", "relu", "--target", "y"], &["both -"]);
    refused(2, &["predict", &train, "none.csv", "relu", "--target", "y"], &["TEST none.csv"]);
    let text = folder.with("text.csv", "x,kind,y\n1,a,2\n");
    refused(2, &["predict", &text, &test, "relu", "--target", "y"], &["`a`", "--columns"]);
    let torn = folder.with("torn.csv", "x,z,y\n1,0,1\n1,0,2\n");
    let ask = ["predict", &torn, &test, "relu", "--target", "y"];
    refused(2, &ask, &["singular", "1 for row 1, -1 for row 2", "--drop-duplicates"]);
    refused(2, &[&ask[..], &["--drop-duplicates"]].concat(), &["rows 1 and 2", "different targets"]);
    assert_eq!(ntk(&[&ask[..], &["--noise", "1/100"]].concat()).status, 0);
    let lines = folder.with("lines.csv", "x,z,y\n1,2,1\n2,4,2\n");
    let ask = ["predict", &lines, &test, "relu", "--target", "y"];
    refused(2, &ask, &["2 for row 1, -1 for row 2", "(--noise, --time)"]);
}
