//! Blocks of code on pages of the documentation.

/// The text of each block of code, with its language.
pub fn blocks(page: &str) -> Vec<(&str, &str)> {
    let fences: Vec<_> = page.split("\n```").collect();
    // Text and code take turns; a block begins with its language.
    let code = fences.iter().skip(1).step_by(2);
    code.filter_map(|block| block.split_once('\n')).collect()
}
