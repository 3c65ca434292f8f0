/// JavaScript or CSS without the lines that are nothing but a comment. What is left keeps its line, so that an error names
/// the line that it has in the source.
pub(super) fn without_comments(text: &str) -> String {
    let mut is_inside = false;
    let code = text.lines().map(|line| {
        let words = line.trim_start();
        let begins = words.starts_with("/*");
        let rest = match (is_inside || begins, words.split_once("*/")) {
            (true, Some((_, rest))) => rest,
            (true, None) => {
                is_inside = true;
                return "";
            }
            (false, _) if words.starts_with("//") => "",
            (false, _) => line,
        };
        is_inside = false;
        rest
    });
    let mut code = code.collect::<Vec<_>>().join("\n");
    code.push('\n');
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_code_keeps_its_line() {
        let source = "/**\n * About it.\n */\n// More.\nconst a = 1; // one\n  /* x */ const b = '/* 2 */';\n/* y */\n";
        let expected = "\n\n\n\nconst a = 1; // one\n const b = '/* 2 */';\n\n";
        assert_eq!(without_comments(source), expected);
    }

    #[test]
    fn a_comment_that_never_ends_hides_the_rest() {
        assert_eq!(without_comments("a\n/* b\nc"), "a\n\n\n");
    }
}
