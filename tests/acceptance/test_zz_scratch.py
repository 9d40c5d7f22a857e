import time, threading
import pytest
from support.publishing import heard, listen, order, publish
from support.waiting import eventually

@pytest.mark.parametrize("tls", [False, True])
def test_faults(daemon, sandbox, rabbit, vhost, amqp_url, tls):
    N = 5000
    if tls:
        daemon.settings["broker"]["url"] = rabbit.tls_url(vhost)
    t0 = time.time(); daemon.start(); print("\nready", round(time.time()-t0, 2), "fds", daemon.fds())
    fds = daemon.fds()
    q = listen(amqp_url)
    def pub():
        sent = set()
        for k in range(0, N, 100):
            for attempt in range(100):
                try:
                    publish(amqp_url, [order(i) for i in range(k, k+100)]); break
                except Exception as e:
                    time.sleep(0.5)
    t = threading.Thread(target=pub); t0 = time.time(); t.start()
    time.sleep(1)
    def consuming(what):
        s = time.time()
        eventually(lambda: rabbit.depth(vhost, "smsherald").consumers == 1, within=15, what=what)
        print(what, "consuming after", round(time.time()-s, 2))
    rabbit.stop_app(); rabbit.start_app(); consuming("stop_app")
    for i in range(5):
        rabbit.close_all_connections("x"); time.sleep(0.3); consuming(f"close {i}")
    rabbit.pause(); time.sleep(12); rabbit.resume(); consuming("pause")
    s = time.time(); print("stop", daemon.stop(), round(time.time()-s, 2)); daemon.start(); consuming("restart")
    t.join(); print("published", round(time.time()-t0, 1))
    rabbit.wait_until_settled(vhost, "smsherald", within=120)
    ids = [n.id for n in heard(amqp_url, q)]
    print("texts", sandbox.count(), len({x["to"] for x in sandbox.texts()}), "notes", len(ids), len(set(ids)), "fds", fds, daemon.fds(), "s", round(time.time()-t0, 1))
    m = daemon.metrics()
    print(m.value("smsherald_events_total", outcome="handled"), m.value("smsherald_sms_total", flow="order-created", outcome="sent"))
    assert sandbox.count() == N and len(set(ids)) == N
