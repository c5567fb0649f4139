"""The main flow with the generated Python client: register, ring, see why, forget."""

import os
import sys
import time

from ringhook_client import AuthenticatedClient
from ringhook_client.api.bindings import delete_binding, list_bindings, register_binding
from ringhook_client.api.notifications import get_notification
from ringhook_client.api.test_calls import create_test_call
from ringhook_client.models import Channel, DeliveryState, NewBinding, NewTestCall, Notification, Problem

client = AuthenticatedClient(base_url=f"{os.environ['RINGHOOK_URL']}/api/v1", token=os.environ["RINGHOOK_API_KEY"])
sid = os.environ["ACCOUNT_SID"]

with client as client:
    new = NewBinding(account_sid=sid, identity="bob", channel=Channel.FCM, address="token-of-python", device_id="phone")
    made = register_binding.sync_detailed(client=client, body=new, idempotency_key="python-1")
    again = register_binding.sync_detailed(client=client, body=new, idempotency_key="python-1")
    assert (made.status_code, again.parsed) == (201, made.parsed), (made, again)
    binding = made.parsed
    assert binding.tags == [] and binding.environment is None and binding.created_at.tzinfo, binding

    page = list_bindings.sync(client=client, identity="bob")
    assert [item.id for item in page.items] == [binding.id], page

    call = create_test_call.sync(client=client, body=NewTestCall(account_sid=sid, identity="bob"))
    assert isinstance(call, Notification) and call.test, call
    shown = get_notification.sync(client=client, id=call.id)
    for _ in range(600):
        if shown.deliveries[0].state == DeliveryState.ACCEPTED:
            break
        time.sleep(0.05)  # a provider may answer later than the workspace's rule waits
        shown = get_notification.sync(client=client, id=call.id)
    assert shown.deliveries[0].state == DeliveryState.ACCEPTED, shown
    assert shown.deliveries[0].binding_id == binding.id, shown

    wrong = register_binding.sync(client=client, body=NewBinding(account_sid=sid, identity="two words", channel=Channel.FCM, address="x"))
    assert isinstance(wrong, Problem) and wrong.errors[0].pointer == "/identity", wrong

    assert delete_binding.sync_detailed(client=client, id=binding.id).status_code == 204
    missing = delete_binding.sync(client=client, id=binding.id)
    assert isinstance(missing, Problem) and missing.code == "not_found", missing

sys.stdout.write("done\n")
