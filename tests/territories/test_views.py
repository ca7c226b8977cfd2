import pytest
from django.urls import reverse

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("region")]


def ask(client, text, **headers):
    url = reverse("territories:commune_suggest")
    return client.get(url, {"q": text}, headers=headers)


def test_anybody_gets_at_most_ten_communes_with_their_department(client):
    found = ask(client, "saint").json()["results"]
    assert len(found) == 10
    lille = ask(client, "lille").json()["results"][0]
    assert lille["label"] == "Lille (Nord)"
    assert lille["insee"] == "59350"
    assert lille["postal_code"] == "59000"


def test_the_answer_may_be_kept_and_is_not_sent_twice(client):
    first = ask(client, "arras")
    assert first["Cache-Control"] == "public, max-age=3600"
    again = ask(client, "arras", if_none_match=first["ETag"])
    assert again.status_code == 304
    assert again.content == b""


def test_nothing_typed_gives_an_empty_list(client):
    assert ask(client, "").json() == {"results": []}


def test_the_box_only_reads(client):
    assert client.post(reverse("territories:commune_suggest")).status_code == 405


@pytest.mark.parametrize("typed", ["amiens", "amoens", "80000"])
def test_a_suggestion_costs_at_most_three_queries(
    client, typed, django_assert_max_num_queries
):
    with django_assert_max_num_queries(3):
        assert ask(client, typed).json()["results"][0]["name"] == "Amiens"
