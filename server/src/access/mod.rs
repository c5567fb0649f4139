pub mod device_token;
