from tests.conftest import MakeCamera, SignIn


def test_the_audit_record_is_read_newest_first_by_object_and_by_actor(
    sign_in: SignIn, make_camera: MakeCamera
) -> None:
    admin, supervisor, camera = sign_in("admin"), sign_in("supervisor"), make_camera()
    actor = "user:" + admin.get("/v1/session").json()["user"]["id"]
    for name in ("first", "second", "third"):
        admin.patch(f"/v1/cameras/{camera.id}", json={"name": name})

    of_camera = {"object_type": "camera", "object_id": camera.id}
    page = supervisor.get("/v1/audit", params={**of_camera, "limit": 2}).json()
    assert [item["after"]["name"] for item in page["items"]] == ["third", "second"]
    rest = supervisor.get("/v1/audit", params={**of_camera, "cursor": page["next_cursor"]}).json()
    assert [item["action"] for item in rest["items"]] == ["camera.update", "camera.create"]
    assert rest["next_cursor"] is None

    by_admin = supervisor.get("/v1/audit", params={"actor": actor}).json()["items"]
    assert {item["action"] for item in by_admin} == {"camera.update", "user.sign_in"}
    assert all(item["at"].endswith("Z") for item in by_admin)
