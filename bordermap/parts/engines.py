"""Where parts are done: here, one after the other, or by workers of Dask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from importlib.metadata import version
from typing import Any, TypeVar

from bordermap.errors import InputError

__all__ = ["Engine", "engine_of"]

_T = TypeVar("_T")
Engine = Callable[[Callable[..., Any], Sequence[tuple[Any, ...]]], Iterator[Any]]
"""Calls a function with each of some arguments; the answers come as they are ready."""

Say = Callable[[str], None]

_EXTRA = "pip install 'bordermap[cluster]'"
_RETRIES = 10
"""A part is begun so often anew when its worker dies, before the run is given up."""

_JOIN_SECONDS = "10s"


def _here(call: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
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
        return nullcontext(_here)
    return _dask(workers, scheduler, say)


@contextmanager
def _dask(workers: int | None, scheduler: str | None, say: Say) -> Iterator[Engine]:
    try:
        import dask  # noqa: PLC0415  an extra, and slow to load
        import distributed as dd  # noqa: PLC0415
    except ImportError as error:
        raise InputError("--workers and --scheduler need Dask", todo=_EXTRA) from error
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": _RETRIES}),
        ExitStack() as stack,
    ):
        address: Any = scheduler
        if scheduler is None:
            address = stack.enter_context(_local(dd, workers))
        client = stack.enter_context(_client(dd, address))
        say(f"dashboard: {client.dashboard_link}")
        _same_versions(client)

        def engine(call: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
            # The call, with the layers that a user brought, is sent to each worker once.
            shared = client.scatter(call, broadcast=True, hash=False)
            futures = [client.submit(_called, shared, some, pure=False) for some in arguments]
            for future in dd.as_completed(futures):  # type: ignore[no-untyped-call]
                yield _answer(future)
                future.release()

        yield engine


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


def _called(call: Callable[..., _T], arguments: tuple[Any, ...]) -> _T:
    return call(*arguments)


def _answer(future: Any) -> Any:
    """What a worker gave; its own errors come through as they are."""
    from distributed import CancelledError, KilledWorker  # noqa: PLC0415

    try:
        return future.result()
    except KilledWorker as error:
        found = f"workers died {_RETRIES + 1} times over one part"
        todo = "give them more memory, or fewer threads; what is done is kept"
        raise InputError(found, todo=todo) from error
    except (CancelledError, OSError) as error:
        todo = "start it and give the same command again; what is done is kept"
        raise InputError("the scheduler went away", todo=todo) from error


def _same_versions(client: Any) -> None:
    """Refuse workers that would give other answers."""
    own = version("bordermap")
    others = set(client.run(version, "bordermap").values()) - {own}
    if others:
        found = f"has workers with bordermap {', '.join(sorted(map(str, others)))}, not {own}"
        raise InputError(found, where="the scheduler", todo="install the same version on all")
