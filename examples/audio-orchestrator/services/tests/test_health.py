"""Each service that the base image can import answers that it is ready."""

from services.common.service import create


def test_ready_names_the_service_and_its_parts():
    app = create('probe', part='1.0')
    ready = next(route for route in app.routes if route.path == '/health/ready')
    assert ready.endpoint() == {'service': 'probe', 'status': 'ready', 'part': '1.0'}
