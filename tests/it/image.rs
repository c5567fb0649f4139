//! The image: its Dockerfile under a linter, and what stands in it held against what the build makes. No container engine is
//! needed; what one alone could tell is not told here.

use std::path::{Path, PathBuf};
use std::process::Command;

use ringhook_tests::binary::binary;
use serde_json::Value;

/// What `gcr.io/distroless/base-nossl-debian12` has: a C library and its loader.
const LIBRARIES: [&str; 3] = ["libc.so.6", "libm.so.6", "ld-linux"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[track_caller]
fn ran(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[test]
fn the_dockerfile_passes_its_linter() {
    let tools = std::env::var("RINGHOOK_TEST_OPERATION");
    let tools = tools.expect("RINGHOOK_TEST_OPERATION: the suite is started by tests/run");
    ran(Command::new(format!("{tools}/bin/hadolint"))
        .arg("--failure-threshold=style")
        .arg(root().join("Dockerfile")));
}

#[test]
fn the_image_is_what_it_says() {
    let file = read("Dockerfile");
    let last = file.rsplit("\nFROM ").next().expect("a stage");
    for line in ["USER 65532:65532", "ENTRYPOINT [\"/usr/local/bin/ringhook\"]", "CMD [\"serve\"]"] {
        assert!(last.lines().any(|found| found == line), "no {line} in {last}");
    }
    assert!(!last.contains("RUN "), "the last stage has no shell to run anything with");
    let rust = read("Cargo.toml").split_once("rust-version = \"").expect("a version").1[..4].to_owned();
    assert!(file.contains(&format!("FROM rust:{rust}.")), "the image is not built with Rust {rust}");
    let version = format!("image: ringhook:{}\n", env!("CARGO_PKG_VERSION"));
    assert!(read("compose.yaml").contains(&version), "compose.yaml has another {version}");
}

/// What the build reads is let into it: a workspace without one of its members is none.
#[test]
fn the_build_is_given_what_it_needs() {
    let context = tempfile::tempdir().expect("a folder");
    let ignore = read(".dockerignore");
    let let_in = ignore.lines().filter_map(|line| line.strip_prefix('!'));
    for path in let_in {
        let target = context.path().join(path);
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("to make it");
        ran(Command::new("cp").arg("-a").arg(root().join(path)).arg(target));
    }
    let mut metadata = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    metadata.args(["metadata", "--format-version=1", "--locked", "--offline", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&ran(metadata.current_dir(&context))).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.iter().any(|package| package["name"] == "ringhook"), "{metadata}");
    for script in ["build", "pack", "list"] {
        assert!(context.path().join("image").join(script).exists(), "image/{script} is left out");
    }
}

/// The script of the build's last step, with the program under test: it is stripped, it still runs, and it asks for no
/// library that neither the last stage has nor is packed with it.
#[test]
fn the_packed_program_runs_on_what_the_image_has() {
    let folder = tempfile::tempdir().expect("a folder");
    ran(Command::new(root().join("image/pack")).arg(binary()).arg(folder.path()));
    let packed = folder.path().join("ringhook");
    let size = |path: &Path| std::fs::metadata(path).expect("a file").len();
    assert!(size(&packed) < size(binary()), "nothing was stripped");
    assert_eq!(
        ran(Command::new(&packed).arg("--version")),
        format!("ringhook {}\n", env!("CARGO_PKG_VERSION"))
    );
    // It would tell builds in two folders apart.
    let sections = ran(Command::new("readelf").args(["--section-headers", "--wide"]).arg(&packed));
    assert!(sections.contains(".text") && !sections.contains("build-id"), "{sections}");
    let dynamic = ran(Command::new("readelf").arg("--dynamic").arg(&packed));
    let needed: Vec<_> = dynamic.lines().filter(|line| line.contains("(NEEDED)")).collect();
    assert!(!needed.is_empty(), "{dynamic}");
    for line in needed {
        let is_packed = line.contains("libgcc_s.so.1") && folder.path().join("libgcc_s.so.1").exists();
        assert!(
            is_packed || LIBRARIES.iter().any(|library| line.contains(library)),
            "the image has no {line}"
        );
    }
}
