"""Each epoch's randomness from the run's seed and the epoch's number alone."""

import random

import numpy as np
import torch
from mmengine.dist import broadcast_object_list, get_rank
from mmengine.hooks import Hook
from mmengine.registry import FUNCTIONS, HOOKS
from mmengine.runner import Runner
from torch.utils.data import DataLoader


@FUNCTIONS.register_module()
def seed_worker(worker_id: int) -> None:
    """Seeds a data-loader worker from what torch drew for it when the epoch began.

    mmengine's own function seeds each worker with a constant: workers that live for one epoch then
    repeat the same augmentations in each, and those that live on cannot be brought back to where
    they were when a run is resumed.

    Args:
        worker_id: number of the worker; torch's seed has it in it.
    """
    seed = torch.initial_seed() % 2**32
    random.seed(seed)
    np.random.seed(seed)


@HOOKS.register_module()
class EpochSeedHook(Hook):
    """Reseeds Python, numpy and torch before each epoch, by run seed, epoch and rank.

    mmengine restores no random state when a run is resumed. With this hook, augmentations, dropout
    and the order of the images depend on nothing that came before: a resumed run gives the same
    weights as one that was never stopped, bit for bit on the CPU. It takes data-loader workers that
    live for one epoch and are seeded by :func:`seed_worker`; others are warned about.
    """

    priority = 'LOWEST'  # what other hooks draw before the epoch does not count

    def before_train(self, runner: Runner) -> None:
        """Gives the sampler the run's seed, and looks at the workers.

        A resumed run takes its seed from the checkpoint, after mmengine has built the sampler with
        another one, if the config has none or a different one.
        """
        loader = runner.train_dataloader
        seed = [runner.seed]
        broadcast_object_list(seed)  # ranks may have seeds of their own, but share an order
        sampler = getattr(loader.batch_sampler, 'sampler', None)
        if hasattr(sampler, 'seed'):
            sampler.seed = seed[0]
        if not _workers_follow(loader):
            runner.logger.warning(
                'the augmentations of a resumed run will not be those of one that never stopped: '
                'set persistent_workers=False and worker_init_fn=dict(type="seed_worker") in '
                'train_dataloader'
            )

    def before_train_epoch(self, runner: Runner) -> None:
        """Seeds all generators of this process; torch seeds the workers from its own."""
        sequence = np.random.SeedSequence([runner.seed, runner.epoch, get_rank()])
        seed = int(sequence.generate_state(1)[0])
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)  # CUDA's too


def _workers_follow(loader: DataLoader) -> bool:
    function = getattr(loader.worker_init_fn, 'func', loader.worker_init_fn)  # mmengine: a partial
    return loader.num_workers == 0 or (not loader.persistent_workers and function is seed_worker)
