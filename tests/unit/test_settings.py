from pathlib import Path

import pytest

from galleria.platform.settings import Settings, SettingsError, load, secret


def test_nothing_set_is_a_working_installation() -> None:
    assert load({}) == Settings()


def test_values_are_read_by_type() -> None:
    settings = load({"GALLERIA_PORT": "9000", "GALLERIA_SANDBOX": "true", "GALLERIA_DATA_DIR": "/srv/x", "HOME": "/"})
    assert (settings.port, settings.sandbox, settings.data_dir) == (9000, True, Path("/srv/x"))


def test_every_wrong_variable_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        load({"GALLERIA_PORT": "ninety", "GALLERIA_SECRET_KEY": "short", "GALLERIA_PROT": "1"})
    message = str(error.value)
    assert "GALLERIA_PORT='ninety'" in message
    assert "GALLERIA_SECRET_KEY" in message
    assert "GALLERIA_PROT: no such setting" in message


def test_an_empty_variable_is_an_unset_one() -> None:
    assert load({"GALLERIA_PORT": ""}).port == 8000


def test_a_generated_secret_is_kept(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "var")
    first = secret(settings)
    assert len(first) >= 32
    assert secret(settings) == first
    assert (tmp_path / "var" / "secret").stat().st_mode & 0o777 == 0o600
