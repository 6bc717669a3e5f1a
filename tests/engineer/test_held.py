"""What a listener holds stays, and takes the other values of its processor with it."""

from mixwright.engineer.desk import free_changes


def test_half_a_processor_is_not_set():
    changes = {
        "buses.drums.compressor.threshold_db": -18.0,
        "buses.drums.compressor.makeup_db": 3.0,
        "buses.drums.fader_db": -1.0,
        "strips.kick.equalizer.band1.gain_db": 2.0,
        "strips.kick.equalizer.band2.gain_db": 1.0,
        "strips.kick.pan": 0.0,
    }
    held = {
        "buses.drums.compressor.threshold_db",
        "strips.kick.equalizer.band1.frequency_hz",
        "strips.kick.pan",
    }
    left = free_changes(changes, held.__contains__)
    assert left == {
        "buses.drums.fader_db": -1.0,
        "strips.kick.equalizer.band1.gain_db": 2.0,
        "strips.kick.equalizer.band2.gain_db": 1.0,
    }
    both = changes | {"strips.kick.equalizer.band1.frequency_hz": 300.0}
    assert "strips.kick.equalizer.band1.gain_db" not in free_changes(both, held.__contains__)
