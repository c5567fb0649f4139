use super::*;
use crate::store::{Across, Conn, Store, Ts, testing::Throwaway};

fn refused(url: &str) -> String {
    Server::of(url, &[]).err().unwrap_or_else(|| panic!("{url} was read")).to_string()
}

#[test]
fn the_url_says_how_the_connection_is_protected() {
    for (query, mode) in [
        ("", SslMode::Prefer),
        ("?sslmode=disable", SslMode::Disable),
        ("?sslmode=prefer", SslMode::Prefer),
        ("?sslmode=require", SslMode::Require),
        ("?sslmode=verify-ca", SslMode::Require),
        ("?application_name=ring&sslmode=verify-full", SslMode::Require),
    ] {
        let server = Server::of(&format!("postgres://u:p@db.example.com/ringhook{query}"), &[]);
        let server = server.unwrap_or_else(|error| panic!("{query}: {error}"));
        assert_eq!(server.config.get_ssl_mode(), mode, "{query}");
        let name = if query.contains("ring&") { "ring" } else { "ringhook" };
        assert_eq!(server.config.get_application_name(), Some(name), "{query}");
    }
}

#[test]
fn several_hosts_are_read() {
    let url = "postgres://u:p@a.example.com:5432,b.example.com:5433/ringhook?target_session_attrs=read-write&sslmode=require";
    let server = Server::of(url, &[]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((server.config.get_hosts().len(), server.config.get_ports()), (2, &[5432, 5433][..]));
}

#[test]
fn what_cannot_be_used_is_named_and_the_password_is_not() {
    let place = "postgres://u:hidden@db.example.com/ringhook";
    for (query, word) in [
        ("sslmode=allow", "verify-full"),
        ("sslmode=require&sslrootcert=/no/such.pem", "/no/such.pem"),
        ("sslcert=mine.pem", "sslcert"),
    ] {
        let said = refused(&format!("{place}?{query}"));
        assert!(said.contains(word) && !said.contains("hidden"), "{said}");
    }
}

#[tokio::test]
async fn a_session_that_refuses_writes_is_replaced() {
    let database = Throwaway::create().await;
    let store = Store::open(&database.url(), 1, &[]).await.expect("a store");
    store.migrate().await.expect("migrations");
    if let Conn::Pg(session) = store.engine().read().await.expect("a session").either() {
        // As a server does that only follows since a failover.
        session.batch_execute("SET default_transaction_read_only = on").await.expect("a setting");
    }
    let write =
        || store.engine().write(async |conn: &mut Across| conn.payloads_erase(Ts::from_micros(0), 1).await);
    assert!(matches!(write().await, Err(StoreError::Unavailable(_))));
    assert_eq!(write().await.expect("another session"), 0);
    database.remove().await;
}
