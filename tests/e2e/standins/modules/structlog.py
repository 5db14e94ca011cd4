import sys


class Logger:
    def info(self, event, **values):
        print(event, *(f'{name}={value}' for name, value in values.items()), file=sys.stderr, flush=True)


def get_logger():
    return Logger()
