"""Where parts are done: here, one after the other, or by workers of Dask."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from importlib.metadata import version
from typing import Any, TypeVar

from bordermap.errors import BordermapError, InputError

__all__ = ["Engine", "engine_of", "here"]

_T = TypeVar("_T")
Engine = Callable[[Callable[..., Any], Sequence[tuple[Any, ...]]], Iterator[Any]]
"""Calls a function with each of some arguments; the answers come as they are ready."""

Say = Callable[[str], None]

_EXTRA = "pip install 'bordermap[cluster]'"
_RETRIES = 10
"""A part is begun so often anew when its worker dies, before the run is given up."""

_JOIN_SECONDS = 5
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

_SETTINGS = {
    "distributed.scheduler.allowed-failures": _RETRIES,
    # One thread for each worker, in NumPy, Arrow and here. Dask's own word for the allocator, to
    # give every page back at once, is left out: arrays of a part cost a third more time by it.
    "distributed.nanny.pre-spawn-environ": dict.fromkeys(_ONE_THREAD, 1),
    # A layer that a user brought is sent once to each worker, however large it is.
    "distributed.admin.large-graph-warning-threshold": "1 TiB",
}


def here(call: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
    """The engine of this process: one after the other."""
    for some in arguments:
        yield call(*some)


def engine_of(
    workers: int | None = None, scheduler: str | None = None, say: Say = lambda text: None
) -> AbstractContextManager[Engine]:
    """The engine that was asked for: a cluster of its own, one that exists, or this process.

    Parameters
    ----------
    workers : int, optional
        Processes of a local cluster of ``dask.distributed``.
    scheduler : str, optional
        Address of a scheduler that exists: ``tcp://...``.
    say : callable, optional
        Called with a line for people, such as the address of the dashboard.

    Raises
    ------
    InputError
        ``dask.distributed`` is not installed, the scheduler is not there, or its workers have
        other versions of the program.
    """
    if workers is None and scheduler is None:
        return nullcontext(here)
    return _dask(workers, scheduler, say)


@contextmanager
def _dask(workers: int | None, scheduler: str | None, say: Say) -> Iterator[Engine]:
    try:
        import dask  # noqa: PLC0415  an extra, and slow to load
        import distributed as dd  # noqa: PLC0415
    except ImportError as error:
        raise InputError("--workers and --scheduler need Dask", todo=_EXTRA) from error
    with dask.config.set(_SETTINGS), _silent(), ExitStack() as stack:
        address: Any = scheduler
        if scheduler is None:
            address = stack.enter_context(_local(dd, workers))
        client = stack.enter_context(_client(dd, address))
        say(f"dashboard: {client.dashboard_link}")
        _same_versions(client, str(scheduler or "the cluster"))

        def engine(call: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
            # The call, with the layers that a user brought, goes to each worker once; as the
            # result of a task it is there again when a worker that had it died.
            shared = client.submit(_itself, call, pure=False)
            own = version("bordermap")
            futures = [client.submit(_called, shared, own, some, pure=False) for some in arguments]
            for future in dd.as_completed(futures):  # type: ignore[no-untyped-call]
                yield _answer(future)
                future.release()

        yield engine


@contextmanager
def _silent() -> Iterator[None]:
    """Without what Dask itself says of connections that are lost: we say it in a line."""
    names = [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    levels = {name: logging.getLogger(name).level for name in names}
    try:
        for name in names:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _local(dd: Any, workers: int | None) -> Any:
    return dd.LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50
    )


def _client(dd: Any, address: Any) -> Any:
    try:
        return dd.Client(address, timeout=_JOIN_SECONDS)
    except (OSError, TimeoutError, ValueError) as error:
        found, todo = "no scheduler of Dask answers", "start it, or use --workers"
        raise InputError(found, where=str(address), todo=todo) from error


def _itself(call: Callable[..., _T]) -> Callable[..., _T]:
    return call


def _called(call: Callable[..., _T], needed: str, arguments: tuple[Any, ...]) -> _T:
    # A worker may have joined after all were asked.
    _refuse_others([version("bordermap")], needed, "the cluster")
    return call(*arguments)


def _answer(future: Any) -> Any:
    """What a worker gave; its own errors come through as they are."""
    from distributed import CancelledError, KilledWorker  # noqa: PLC0415

    try:
        return future.result()
    except BordermapError:
        raise
    except KilledWorker as error:
        found = f"workers died {error.allowed_failures + 1} times over one part"
        todo = "give them more memory, or fewer threads; what is done is kept"
        raise InputError(found, todo=todo) from error
    except (CancelledError, OSError) as error:
        todo = "start it and give the same command again; what is done is kept"
        raise InputError("the scheduler went away", todo=todo) from error


def _same_versions(client: Any, where: str) -> None:
    """Refuse a cluster without workers, and workers that would give other answers."""
    try:
        client.wait_for_workers(1, timeout=_JOIN_SECONDS)
    except TimeoutError as error:
        todo = "start some with dask worker, or use --workers"
        raise InputError("has no workers", where=where, todo=todo) from error
    there = client.run(version, "bordermap", on_error="return").values()
    said = (str(one) for one in there if not isinstance(one, OSError))  # the worker died just now
    _refuse_others(said, version("bordermap"), where)


def _refuse_others(there: Iterable[str], needed: str, where: str) -> None:
    if others := sorted(set(there) - {needed}):
        found = f"has workers with bordermap {', '.join(others)}, not {needed}"
        raise InputError(found, where=where, todo="install the same version on all")
