//! Every page as everybody: the routes come from the router itself, so that none is forgotten. The API's own matrix is
//! generated from its document, beside its code.

use ringhook::domain::roles::Power;
use ringhook::router::{Access, PAGES, Page as Route};
use ringhook::store::members::Role;
use ringhook_tests::app::App;
use ringhook_tests::both;
use ringhook_tests::pages::{Page, Reader};

const ROLES: [Role; 4] = [Role::Owner, Role::Admin, Role::Developer, Role::Viewer];

/// Who is there: a workspace with a member of each role, and one of somebody else.
struct Cast<'a> {
    app: &'a App,
    members: Vec<(Role, Reader<'a>)>,
    stranger: Reader<'a>,
    anonymous: Reader<'a>,
    ours: String,
    theirs: String,
}

fn email(role: Role) -> String {
    format!("{role}@example.com")
}

impl<'a> Cast<'a> {
    async fn gather(app: &'a App) -> Self {
        let mut members = Vec::new();
        for role in ROLES {
            members.push((role, app.person(&email(role)).await));
        }
        let stranger = app.person("stranger@example.com").await;
        let ours = members[0].1.workspace("Ours").await;
        let theirs = stranger.workspace("Theirs").await;
        Self { app, members, stranger, anonymous: app.reader(), ours, theirs }
    }

    fn slug(path: &str) -> &str {
        path.trim_start_matches("/w/")
    }

    /// Everybody has their role again, whatever an action has done.
    async fn restore(&self) {
        let workspace = format!("(SELECT id FROM workspaces WHERE slug = '{}')", Self::slug(&self.ours));
        self.app.database.execute(&format!("DELETE FROM members WHERE workspace_id = {workspace}")).await;
        for role in ROLES {
            let insert = format!(
                "INSERT INTO members (workspace_id, user_id, role, created_at) \
                 SELECT w.id, u.id, '{role}', w.created_at FROM workspaces w, users u \
                 WHERE w.slug = '{}' AND u.email = '{}'",
                Self::slug(&self.ours),
                email(role)
            );
            self.app.database.execute(&insert).await;
        }
    }

    fn member(&self, role: Role) -> &Reader<'a> {
        let found = self.members.iter().find(|(own, _)| *own == role);
        &found.expect("a member").1
    }
}

/// The path of a page in this workspace, with something new of `reader`'s for it to act on.
async fn path(pattern: &str, reader: &Reader<'_>, workspace: &str) -> String {
    let path = pattern.replace("/w/:workspace", workspace);
    let (parameter, value) = match pattern {
        "/w/:workspace/bindings/bulk" => return format!("{path}?action=activate"),
        whole if !path.contains(':') => return whole.replace("/w/:workspace", workspace),
        "/verify/:token" | "/reset/:token" | "/invitations/:token" | "/account/email/:token" => {
            (":token", "none".to_owned())
        }
        "/account/passkeys/:id/remove" => (":id", "pky_00000000000000000000000000".to_owned()),
        "/account/sessions/:id/end" => (":id", reader.get("/account").await.between("/sessions/", "/end")),
        keys if keys.starts_with("/w/:workspace/keys/:id") => (":id", key(reader, workspace).await),
        "/w/:workspace/providers/new/:kind" => (":kind", "fcm".to_owned()),
        accounts if accounts.starts_with("/w/:workspace/accounts/:sid") => {
            let sid = account(reader, workspace).await;
            return path.replace(":sid", &sid).replace(":key", "SK00000000000000000000000000000001");
        }
        providers if providers.starts_with("/w/:workspace/providers/:id") => {
            (":id", provider(reader, workspace).await)
        }
        bindings if bindings.starts_with("/w/:workspace/bindings/:id") => {
            (":id", binding(reader, workspace).await)
        }
        calls if calls.starts_with("/w/:workspace/calls/:id") => (":id", call(reader, workspace).await),
        tokens if tokens.starts_with("/w/:workspace/webhook/tokens/:id") => {
            (":id", ending_token(reader, workspace).await)
        }
        members if members.starts_with("/w/:workspace/members/:id") => {
            (":id", member(reader, workspace).await)
        }
        invited if invited.starts_with("/w/:workspace/invitations/:id") => {
            (":id", invitation(reader, workspace).await)
        }
        other => panic!("{other} is not in the matrix: say what its parameters are"),
    };
    path.replace(parameter, &value)
}

/// The SID of an account that was just connected.
async fn account(reader: &Reader<'_>, workspace: &str) -> String {
    reader.post(&format!("{workspace}/accounts/simulated"), &[]).await.expect(303);
    let accounts = format!("{workspace}/accounts");
    let list = reader.get(&accounts).await.expect(200).html;
    let (_, last) = list.rsplit_once(&format!("{accounts}/AC")).expect("an account");
    format!("AC{}", &last[..32])
}

/// The id of a provider that was just set up.
async fn provider(reader: &Reader<'_>, workspace: &str) -> String {
    let key = ringhook_tests::apns::Apns::start().await.credentials();
    let text = |name: &str| key[name].as_str().expect(name).to_owned();
    let (pem, id, team, bundle) = (text("key"), text("key_id"), text("team_id"), text("bundle_id"));
    let form = [
        ("key", &*pem),
        ("key_id", &id),
        ("team_id", &team),
        ("bundle_id", &bundle),
        ("environment", "production"),
        ("anyway", "yes"),
    ];
    let made = reader.post(&format!("{workspace}/providers/new/apns"), &form).await.expect(303);
    let id = made.location().split("/providers/").nth(1).expect("a provider");
    id.split('?').next().unwrap_or_default().to_owned()
}

/// The id of a binding that was just registered.
async fn binding(reader: &Reader<'_>, workspace: &str) -> String {
    let sid = account(reader, workspace).await;
    let form =
        [("account_sid", &*sid), ("identity", "bob"), ("channel", "websocket"), ("device_id", "browser")];
    let made = reader.post(&format!("{workspace}/bindings/new"), &form).await.expect(303);
    let id = made.location().split("/bindings/").nth(1).expect("a binding");
    id.split('?').next().unwrap_or_default().to_owned()
}

/// The id of a call that was just made.
async fn call(reader: &Reader<'_>, workspace: &str) -> String {
    let sid = account(reader, workspace).await;
    let form = [("account_sid", &*sid), ("identity", "bob")];
    let rung = reader.post(&format!("{workspace}/test-device/ring"), &form).await.expect(303);
    rung.location().split("/calls/").nth(1).expect("a call").to_owned()
}

/// The id of a webhook token that still holds beside the one that lasts.
async fn ending_token(reader: &Reader<'_>, workspace: &str) -> String {
    let made = reader.post(&format!("{workspace}/webhook/tokens"), &[("grace", "3600")]).await;
    assert!(matches!(made.status, 303 | 422), "{}", made.html);
    reader.get(&format!("{workspace}/webhook")).await.expect(200).between("/webhook/tokens/", "/end")
}

/// The id of a member who may be changed, if there is one: the last who came.
async fn member(reader: &Reader<'_>, workspace: &str) -> String {
    let members = format!("{workspace}/members");
    let list = reader.get(&members).await.expect(200).html;
    let (_, id) =
        list.rsplit_once(&format!("{members}/")).unwrap_or(("", "usr_00000000000000000000000000\""));
    id.split('"').next().unwrap_or_default().to_owned()
}

/// The id of an invitation that was just made.
async fn invitation(reader: &Reader<'_>, workspace: &str) -> String {
    let form = [("email", "invited@example.com"), ("role", "viewer")];
    reader.post(&format!("{workspace}/invitations"), &form).await.expect(303);
    reader.get(&format!("{workspace}/members")).await.expect(200).between("/invitations/", "/again")
}

/// The id of a new key.
async fn key(reader: &Reader<'_>, workspace: &str) -> String {
    let keys = format!("{workspace}/keys");
    let number = reader.get(&keys).await.expect(200).html.matches("<tr>").count();
    let form = [("name", &*format!("Key {number}")), ("scope", "bindings:read"), ("days", "")];
    reader.post(&format!("{keys}/new"), &form).await.expect(200);
    format!("key_{}", reader.get(&keys).await.between(&format!("{keys}/key_"), "\""))
}

async fn ask(reader: &Reader<'_>, route: &Route, path: &str) -> Page {
    match route.method {
        "get" => reader.get(path).await,
        "post" => reader.post(path, &[]).await,
        other => panic!("{other} {path}: no browser does this"),
    }
}

/// Whether somebody got as far as the action itself, which may well refuse an empty form.
fn is_open(page: &Page) -> bool {
    match page.status {
        200 | 422 => true,
        303 => !page.location().starts_with("/login?") && page.location() != "/login",
        _ => false,
    }
}

/// A page that asks who one is sends whom it does not know to log in.
fn leads_to_login(page: &Page) -> bool {
    page.status == 303 && page.location().starts_with("/login")
}

async fn for_members(cast: &Cast<'_>, route: &Route, power: Power) {
    let name = format!("{} {}", route.method, route.path);
    let owner = cast.member(Role::Owner);
    let ours = path(route.path, owner, &cast.ours).await;
    assert!(leads_to_login(&ask(&cast.anonymous, route, &ours).await), "{name} as nobody");
    assert_eq!(ask(&cast.stranger, route, &ours).await.status, 404, "{name} as a stranger");
    let nowhere = ours.replace(&cast.ours, "/w/nowhere-000000");
    assert_eq!(ask(owner, route, &nowhere).await.status, 404, "{name} of no workspace");
    if ["/:id", "/:token", "/:sid"].iter().any(|parameter| route.path.contains(parameter)) {
        let theirs = path(route.path, &cast.stranger, &cast.theirs).await;
        let smuggled = theirs.replace(&cast.theirs, &cast.ours);
        assert_eq!(ask(owner, route, &smuggled).await.status, 404, "{name} with another workspace's id");
    }
    for (role, reader) in cast.members.iter().filter(|(role, _)| !role.may(power)) {
        let refused = ask(reader, route, &ours).await;
        assert_eq!(refused.status, 403, "{name} as {role}");
        refused.says(&power.words()[1..]);
    }
    for (role, reader) in cast.members.iter().filter(|(role, _)| role.may(power)) {
        let path = path(route.path, owner, &cast.ours).await;
        let page = ask(reader, route, &path).await;
        assert!(is_open(&page), "{name} as {role}: {} {}\n{}", page.status, page.location(), page.html);
        cast.restore().await;
    }
}

/// `number` spreads the routes over the people: nobody may try a password too often.
async fn for_people(cast: &Cast<'_>, route: &Route, number: usize) {
    let name = format!("{} {}", route.method, route.path);
    let (role, reader) = &cast.members[number % cast.members.len()];
    if route.path.contains("/sessions/:id") {
        // In another browser too: a session to end.
        cast.app.reader().log_in(&email(*role)).await.expect(303);
    }
    let own = path(route.path, reader, &cast.ours).await;
    assert!(leads_to_login(&ask(&cast.anonymous, route, &own).await), "{name} as nobody");
    if route.path.contains(':') {
        assert_eq!(ask(&cast.stranger, route, &own).await.status, 404, "{name} with another's id");
    }
    let page = ask(reader, route, &own).await;
    // Without a provider there is nothing to link.
    if route.path.starts_with("/account/oidc") {
        assert_eq!(page.status, 404, "{name}");
        return;
    }
    // What a link's token opens, and whose a passkey is, is tested where they are: here they are made up.
    let made_up =
        (route.path.contains(":token") || route.path.contains("/passkeys/:id")) && page.status == 404;
    assert!(is_open(&page) || made_up, "{name}: {} {}\n{}", page.status, page.location(), page.html);
}

async fn for_anyone(cast: &Cast<'_>, route: &Route) {
    let reader = cast.app.reader();
    let path = path(route.path, &reader, &cast.ours).await;
    let page = ask(&reader, route, &path).await;
    let made_up = route.path.contains(":token") && page.status == 404;
    // A second step without a first one begins anew.
    // Without a provider there is nothing.
    if route.path.starts_with("/login/oidc") {
        assert_eq!(page.status, 404, "{}", route.path);
        return;
    }
    let leaves = ["/logout", "/login/code", "/login/recovery", "/login/passkey"].contains(&route.path)
        && leads_to_login(&page);
    assert!(is_open(&page) || made_up || leaves, "{} {}: {}", route.method, route.path, page.status);
}

both! {
    async fn every_page_opens_for_whom_it_is_and_for_nobody_else(app: App) {
        let cast = Cast::gather(&app).await;
        cast.restore().await;
        assert!(PAGES.len() > 20, "the table is the router's own");
        for (number, route) in PAGES.iter().enumerate() {
            match route.access {
                Access::Anyone => for_anyone(&cast, route).await,
                Access::Person => for_people(&cast, route, number).await,
                Access::Member(power) => for_members(&cast, route, power).await,
            }
        }
        // Every route of a workspace says so in its path, and no other does.
        for route in PAGES {
            let is_of_workspace = matches!(route.access, Access::Member(_));
            assert_eq!(route.path.starts_with("/w/"), is_of_workspace, "{}", route.path);
        }
    }

    async fn a_session_opens_nothing_of_the_api(app: App) {
        let ann = app.person("ann@example.com").await;
        ann.workspace("Acme").await;
        for path in ["/api/v1/workspace", "/api/v1/bindings", "/api/v1/notifications"] {
            ann.get(path).await.expect(401);
        }
    }
}
