//! The command line of Alma.

fn main() -> std::process::ExitCode {
    alma_examples::main()
}
