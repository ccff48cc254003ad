//! The language of forged tools.

use alma_tools::lang::Program;

#[test]
fn text_reads_back_as_the_same_program() {
    for text in [
        "(arg1: list<number>) -> number = count_if(arg1, x => less(x, 0))",
        "(arg1: list<number>) -> list<number> = drop(drop_last(arg1, 1), 1)",
        "(arg1: number) -> number = if is_even(arg1) then div(arg1, 2) else add(arg1, add(arg1, 1))",
        "(arg1: list<text>, n: number) -> text = join(map(take(arg1, n), x => upper(left(x, 1))), \", \\\"q\\\"\")",
        "(a: list<number>, b: list<number>) -> number = sum(zip_with(a, b, (x, y) => mul(x, y)))",
    ] {
        let program: Program = text.parse().unwrap();
        assert_eq!(program.to_string(), text);
    }
}
