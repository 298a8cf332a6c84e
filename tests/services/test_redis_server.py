"""A real Redis is started, reused, killed and healed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
import redis

from devmatrix_project.services import processes
from devmatrix_project.services.accounts import service_account
from devmatrix_project.services.layout import Layout
from devmatrix_project.services.redis_server import RedisServer


@contextmanager
def client(url: str) -> Iterator[redis.Redis]:
    connected = redis.Redis.from_url(url, decode_responses=True)
    try:
        yield connected
    finally:
        connected.close()


def test_it_never_evicts_and_keeps_a_log_of_writes(redis_server: RedisServer) -> None:
    assert redis_server.start() is True
    with client(redis_server.url) as connected:
        assert connected.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert connected.config_get("appendonly") == {"appendonly": "yes"}
        assert connected.info("server")["redis_version"].startswith("6.2")


def test_without_the_password_nothing_is_answered(redis_server: RedisServer) -> None:
    redis_server.start()
    with client(f"redis://127.0.0.1:{redis_server.port}/0") as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


def test_second_start_reuses_the_running_server(redis_server: RedisServer) -> None:
    redis_server.start()
    before = redis_server.record
    assert redis_server.start() is False
    assert redis_server.record == before


def test_it_comes_back_with_its_data_after_a_kill(redis_server: RedisServer) -> None:
    redis_server.start()
    record = redis_server.record
    assert record is not None
    with client(redis_server.url) as connected:
        connected.set("kept", "yes")
        connected.bgrewriteaof()
        assert processes.wait_until(lambda: connected.info("persistence")["aof_rewrite_in_progress"] == 0, patience=30)
    os.kill(record.pid, signal.SIGKILL)
    assert redis_server.start() is True
    with client(redis_server.url) as connected:  # at another port, if somebody took its own meanwhile
        assert connected.get("kept") == "yes"


def test_a_frozen_server_is_replaced(redis_server: RedisServer) -> None:
    redis_server.start()
    frozen = redis_server.record
    assert frozen is not None
    os.kill(frozen.pid, signal.SIGSTOP)
    redis_server.reuse_patience = redis_server.stop_patience = 0.2  # a frozen process ignores the gentle signal
    assert redis_server.start() is True
    assert not processes.is_alive(frozen)
    assert redis_server.is_ready()


def test_stop_leaves_no_process(redis_server: RedisServer) -> None:
    redis_server.start()
    record = redis_server.record
    assert record is not None
    redis_server.stop()
    assert not psutil.pid_exists(record.pid)
    assert redis_server.is_ready() is False


def test_a_strangers_process_with_a_recorded_pid_is_left_alone(redis_server: RedisServer) -> None:
    stranger = psutil.Popen(["sleep", "60"])
    try:
        processes.ProcessRecord(
            pid=stranger.pid, born=stranger.create_time() - 3600, port=1, fingerprint="", log_offset=0
        ).save(redis_server.layout.record("redis"))
        redis_server.stop()
        assert stranger.is_running()
        assert stranger.status() != psutil.STATUS_ZOMBIE
    finally:
        stranger.kill()
        stranger.wait()


def test_a_very_deep_folder_works(layout: Layout) -> None:
    deep = Layout(layout.root / ("d" * 100) / ("e" * 100))
    deep.create()
    server = RedisServer(deep, account=service_account(), throw_away=True)
    try:
        assert server.start() is True
    finally:
        server.stop()
