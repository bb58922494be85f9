#[test]
fn dump() {
    let file = std::env::var("DUMP").unwrap();
    let source = std::fs::read_to_string(&file).unwrap();
    let out = super::tests::run_with_pub(&source, &file);
    println!("{out}");
}
