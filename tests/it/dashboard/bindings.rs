//! Bindings on pages: found, changed, many at once, imported.

use ringhook_tests::app::App;
use ringhook_tests::both;

use super::{SID, Team};

both! {
    async fn a_table_is_imported_with_a_report_for_each_line(app: App) {
        let team = Team::start(&app).await;
        let csv = format!(
            "account_sid,identity,channel,device_id,tags\n{SID},bob,websocket,tablet,a;b\n{SID},bob,websocket,laptop,\n\
             {SID},,websocket,phone,\n{SID},carol,pigeon,x,\n{SID},bob,websocket,tablet,c\n"
        );
        let done = team.ann.post(&team.at("/bindings/import"), &[("csv", &csv)]).await.expect(200);
        let done = done.says("2 created, 1 updated, 2 not taken.").says("identity");
        for line in ["4", "5"] {
            done.clone().says(&format!("<th scope=\"row\" class=\"number\">{line}</th>"));
        }
        team.ann.post(&team.at("/bindings/import"), &[("csv", "name\nx")]).await.expect(422).says("account_sid is missing");
        let list = team.ann.get(&team.at("/bindings?q=bob")).await.expect(200);
        list.says("tablet").says("laptop");
        for q in ["tablet", "client:bob"] {
            team.ann.get(&team.at(&format!("/bindings?q={q}"))).await.expect(200).says("tablet");
        }
        team.ann.get(&team.at("/bindings?channel=pigeon")).await.expect(200).says("No binding fits");
    }

    async fn what_is_done_to_many_says_how_many_first(app: App) {
        let team = Team::start(&app).await;
        let mut csv = "account_sid,identity,channel,device_id,tags\n".to_owned();
        for number in 0..600 {
            csv += &format!("{SID},user{number},websocket,d{number},{}\n", if number < 590 { "old" } else { "new" });
        }
        team.ann.post(&team.at("/bindings/import"), &[("csv", &csv)]).await.expect(200).says("600 created");
        let bulk = team.at("/bindings/bulk?action=deactivate&tag=old");
        team.ann.get(&bulk).await.expect(200).says("590 bindings").says("and 585 more");
        team.ann.post(&bulk, &[("count", "589")]).await.expect(422).says("Enter 590 to confirm.");
        team.ann.post(&bulk, &[("count", "590")]).await.expect(303);
        team.ann.get(&team.at("/bindings/bulk?action=activate&status=inactive")).await.expect(200).says("590 bindings");
        let delete = team.at("/bindings/bulk?action=delete&tag=new");
        team.ann.post(&delete, &[("count", "10")]).await.expect(303);
        team.ann.get(&delete).await.expect(200).says("None fits any more");
        let all = team.at("/bindings/bulk?action=delete");
        team.ann.post(&all, &[("count", "0")]).await.expect(422).says("Search first");
        team.ann.get(&team.at("/audit")).await.expect(200).says("Bindings changed");
    }

    async fn a_binding_is_changed_and_deleted_by_name(app: App) {
        let team = Team::start(&app).await;
        let new = team.at("/bindings/new");
        let form = [("account_sid", SID), ("identity", "bob"), ("channel", "fcm"), ("address", "x")];
        team.ann.post(&new, &form).await.expect(422).says("has no provider");
        let offered = team.ann.get(&new).await.expect(200).says("value=\"fcm\"").says("value=\"websocket\"");
        for channel in ["webpush", "webhook", "hms"] {
            assert!(!offered.html.contains(&format!("value=\"{channel}\"")), "{channel} is offered");
        }
        let form = [("account_sid", SID), ("identity", "bob"), ("channel", "websocket")];
        team.ann.post(&new, &form).await.expect(422).says("device_id-error");
        let form = [form[0], form[1], form[2], ("device_id", "laptop")];
        let made = team.ann.post(&new, &form).await.expect(303);
        let page = made.location().split('?').next().unwrap_or_default().to_owned();
        team.ann.post(&page, &[("device_id", "desk"), ("tags", "a, b")]).await.expect(303);
        team.ann.get(&page).await.expect(200).says("value=\"desk\"").says("a, b");
        team.ann.post(&format!("{page}/deactivate"), &[]).await.expect(303);
        team.ann.get(&page).await.expect(200).says("Inactive").says("manual");
        team.ann.post(&format!("{page}/activate"), &[]).await.expect(303);
        let rung = team.ann.post(&format!("{page}/ring"), &[]).await.expect(303);
        team.ann.follow(&rung).await.expect(200).says("Not connected");
        team.ann.post(&format!("{page}/delete"), &[("confirm", "alice")]).await.expect(422);
        team.ann.post(&format!("{page}/delete"), &[("confirm", "bob")]).await.expect(303);
        team.ann.get(&page).await.expect(404);
    }
}
