"""Tests in JupyterLab, which runs in a browser as long as these last."""
