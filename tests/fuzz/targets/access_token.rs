#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ringhook_fuzz::access_token(input));
