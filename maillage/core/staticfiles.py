"""Static files with their content in their name, kept for ever by browsers."""

from django.contrib.staticfiles.storage import ManifestFilesMixin
from whitenoise.storage import CompressedStaticFilesStorage


class Storage(ManifestFilesMixin, CompressedStaticFilesStorage):
    """Hash names, rewrite imports between our ES modules, compress.

    A file that the manifest does not know keeps its plain name: pages of a checkout
    that has not collected its files yet still work.
    """

    manifest_strict = False
    support_js_module_import_aggregation = True
