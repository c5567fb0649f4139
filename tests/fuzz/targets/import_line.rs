#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ringhook_fuzz::import_line(input));
