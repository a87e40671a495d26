//! `docs/moments.md` is what `examples/moments.rs` finds.

#[allow(dead_code)]
#[path = "../examples/moments.rs"]
mod moments;

#[test]
fn the_page_is_what_the_example_finds() {
    let written = include_str!("../docs/moments.md");
    let found = moments::page().unwrap();
    let differs = written.lines().zip(found.lines()).find(|(a, b)| a != b);
    assert_eq!(differs, None, "run `cargo run --release --example moments -- docs/moments.md`");
    assert_eq!(written, found);
}
