"""Tests that a guarded boto3 client sends requests within leases only. A small server counts what it receives."""

import json
import os
import sys
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '../../../docs/examples/python'))

import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402
from tierferry_router import RequestRefused, TenantLeaseExpired, TenantRouter, World, guarded  # noqa: E402


class SetWorld(World):
    """A world whose clocks a test sets."""

    ms = 0.0

    def monotonic_ms(self):
        return self.ms

    def wall_ms(self):
        return self.ms


class Routes:
    """A routes table with one open route of 1 s."""

    def get_item(self, **_):
        route = {'table': {'S': 'basic'}, 'epoch': {'N': '1'}, 'writes': {'S': 'open'}, 'leaseMs': {'N': '1000'}}
        return {'Item': route}


class GuardedClientTest(unittest.TestCase):
    def setUp(self):
        self.received = 0
        self.status = 200
        self.on_request = lambda: None
        test = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers['Content-Length']))
                test.received += 1
                test.on_request()
                self.send_response(test.status)
                body = json.dumps({}).encode()
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = HTTPServer(('127.0.0.1', 0), Handler)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.world = SetWorld()
        self.router = TenantRouter(Routes(), world=self.world)
        self.client = guarded(self.make_client(connect_timeout=0.2))

    def make_client(self, **config):
        return boto3.client(
            'dynamodb',
            endpoint_url=f'http://127.0.0.1:{self.server.server_port}',
            region_name='eu-central-1',
            aws_access_key_id='test',
            aws_secret_access_key='test',
            config=Config(retries={'max_attempts': 3}, **config),
        )

    def put(self, table='basic'):
        return self.client.put_item(TableName=table, Item={'tenantId': {'S': 'abc'}})

    def test_a_request_within_a_lease_is_sent(self):
        self.router.write('abc', self.put)
        self.assertEqual(self.received, 1)

    def test_a_request_outside_of_an_operation_is_refused(self):
        with self.assertRaises(RequestRefused):
            self.put()
        self.assertEqual(self.received, 0)

    def test_a_request_of_another_thread_is_refused(self):
        errors = []

        def put():
            try:
                self.put()
            except RequestRefused as error:
                errors.append(error)

        def operation(_):
            thread = threading.Thread(target=put)
            thread.start()
            thread.join()

        self.router.write('abc', operation)
        self.assertEqual((len(errors), self.received), (1, 0))

    def test_a_second_request_after_the_lease_is_not_sent(self):
        def operation(table):
            self.put(table)
            self.world.ms += 1000
            self.put(table)

        with self.assertRaises(TenantLeaseExpired) as caught:
            self.router.write('abc', operation)
        self.assertFalse(caught.exception.succeeded)
        self.assertEqual(self.received, 1)

    def test_a_request_that_may_connect_for_longer_than_its_lease_is_not_sent(self):
        def operation(table):
            self.world.ms += 801
            self.put(table)

        with self.assertRaises(TenantLeaseExpired):
            self.router.write('abc', operation)
        self.assertEqual(self.received, 0)

    def test_a_retry_after_the_lease_is_not_sent(self):
        def pass_the_lease():
            self.world.ms += 1000

        self.status, self.on_request = 500, pass_the_lease
        with self.assertRaises(TenantLeaseExpired):
            self.router.write('abc', self.put)
        self.assertEqual(self.received, 1)

    def test_a_transaction_needs_the_leases_of_both_tenants(self):
        def outer(_):
            self.world.ms += 400

            def inner(table):
                self.world.ms += 450
                self.put(table)

            self.router.write('xyz', inner)

        with self.assertRaises(TenantLeaseExpired):
            self.router.write('abc', outer)
        self.assertEqual(self.received, 0)

    def test_a_client_that_may_connect_for_long_is_refused(self):
        with self.assertRaises(ValueError):
            guarded(self.make_client())


if __name__ == '__main__':
    unittest.main()
