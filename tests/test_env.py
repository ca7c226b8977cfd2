import pytest

from maillage import env


def test_a_machine_makes_one_key_and_keeps_it(tmp_path):
    file = tmp_path / "secret.key"

    first = env.own_key(file)

    assert len(first) >= 50
    assert env.own_key(file) == first
    assert file.stat().st_mode & 0o077 == 0
    assert [each.name for each in tmp_path.iterdir()] == ["secret.key"]


@pytest.mark.parametrize(
    ("written", "read"), [("", False), ("yes", True), ("1", True), ("no", False)]
)
def test_a_flag_is_yes_or_no(monkeypatch, written, read):
    monkeypatch.setenv("MAILLAGE_TRIED", written)

    assert env.flag("TRIED", False, about="a test") is read


def test_a_value_that_makes_no_sense_is_told(monkeypatch):
    monkeypatch.setenv("MAILLAGE_TRIED", "perhaps")

    with pytest.raises(env.BadSetting, match="yes or no"):
        env.flag("TRIED", False, about="a test")
    with pytest.raises(env.BadSetting, match="whole number"):
        env.number("TRIED", 1, about="a test")


def test_a_secret_can_be_in_a_file(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("of the file\n")
    monkeypatch.setenv("MAILLAGE_TRIED_FILE", str(tmp_path / "key"))

    assert env.secret("TRIED", "", about="a test") == "of the file"


def test_a_list_is_cut_at_commas(monkeypatch):
    monkeypatch.setenv("MAILLAGE_TRIED", " a, b ,,c")

    assert env.words("TRIED", "", about="a test") == ["a", "b", "c"]


@pytest.fixture(autouse=True)
def _settings_of_tests_are_not_settings():
    yield
    for name in ("TRIED", "TRIED_FILE"):
        env.ASKED.pop(name, None)
