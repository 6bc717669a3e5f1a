"""The floor for the sound on real tracks: nearer to the human mix than sums made without listening."""

import pytest

from benchmarks.quality.plain import plain_sum
from benchmarks.quality.rows import Bench
from benchmarks.quality.songs import RATE, decode, raw_dev
from mixwright import workflow
from mixwright.metrics import Sound, stereo
from mixwright.roles import Role

CENTRED = (Role.LEAD_VOCAL, Role.KICK, Role.BASS)


@pytest.mark.parametrize("name", ["mdb_rock", "mdb_reggae"])
def test_nearer_to_the_human_mix_than_sums_without_listening(shared_data, tmp_path, name):
    song = raw_dev(shared_data("raw_dev"), name)
    song.write(tmp_path / "tracks")
    job = workflow.Job(workflow.Outputs(tracks=True))
    done = workflow.mix(tmp_path / "tracks", tmp_path / "out", job=job)
    bench = Bench(song)
    ours = bench.row("ours", decode(done.renderings["mix"].path))
    assert ours.roles_known
    for kind in ("raw", "equal"):
        plain = bench.row(kind, plain_sum(song.tracks, kind, {}, RATE))
        assert ours.role_lu < plain.role_lu
        assert ours.tone_db < plain.tone_db
        assert ours.width_error_db < plain.width_error_db
    assert ours.centred
    assert -5 <= ours.lead_lu <= -1
    for track in done.project.tracks:
        if track.role in CENTRED:
            sound = Sound(decode(done.renderings[f"tracks/{track.id}"].path), RATE)
            assert abs(stereo.left_right_db(sound)) < 1.4, track.name  # a tenth of the way to one side
