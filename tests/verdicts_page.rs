//! `docs/verdicts.md` is what `examples/verdicts.rs` finds.

#[allow(dead_code)]
#[path = "../examples/verdicts.rs"]
mod verdicts;

#[test]
fn the_page_is_what_the_example_finds() {
    let written = include_str!("../docs/verdicts.md");
    let found = verdicts::page().unwrap();
    let differs = written.lines().zip(found.lines()).find(|(a, b)| a != b);
    assert_eq!(differs, None, "run `cargo run --release --example verdicts -- docs/verdicts.md`");
    assert_eq!(written, found);
}
