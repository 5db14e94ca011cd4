"""What the workers of TARS share: settings, logging and the health endpoint."""

from tars_core.worker import Worker, settings

__all__ = ['Worker', 'settings']
__version__ = '0.3.0'
