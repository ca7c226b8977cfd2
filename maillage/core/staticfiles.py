"""Static files with their content in their name, kept for ever by browsers."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage


class Storage(CompressedManifestStaticFilesStorage):
    """Hash names, rewrite imports between our ES modules, compress.

    A file that the manifest does not know keeps its plain name: tests, and pages of
    a checkout that has not collected its files yet, still work.
    """

    manifest_strict = False
    support_js_module_import_aggregation = True

    def stored_name(self, name: str) -> str:
        try:
            stored: str = super().stored_name(name)
        except ValueError:
            return name
        return stored

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Compress what changed: the map's code takes seconds each time."""
        changed = [path for path in paths if not self._is_compressed(path)]
        yield from super().compress_files(changed)

    def _is_compressed(self, name: str) -> bool:
        """WhiteNoise gives a compressed file the date of its source."""
        source, compressed = Path(self.path(name)), Path(self.path(f"{name}.br"))
        if not compressed.exists():
            return False
        return compressed.stat().st_mtime == source.stat().st_mtime


class StaticFiles(StaticFilesConfig):
    """Leave at home what npm packages bring for their own developers."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "*.map",
        "*.ts",
        "*-dev.*",
        "django_htmx/ext/*",  # one names a module that is not there
    ]
