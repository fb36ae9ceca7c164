//! The macro that embeds the migrations does not watch their folder.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations/agent");
}
