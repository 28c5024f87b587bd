// Whatever a guest and the line do, the serial port answers as the model does.

using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

public sealed class SerialPropertyTests
{
    // The registers that decide most come more often.
    private static readonly uint[] s_offsets = [0, 0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 5, 6, 7];

    [Fact]
    public void AnyHistoryMatchesTheModel()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var sent = new List<byte>();
            var port = default(SerialPort);
            var model = new SerialModel();
            ulong now = 0;
            for (int step = 0; step < 400; step++)
            {
                now += random.Next(4) == 0 ? (ulong)random.Next(60_000) : 0;
                string what = $"seed {seed}, step {step}: " + Step(random, ref port, model, sent, now);
                Assert.True(model.Interrupt == port.Interrupt, what + " interrupt");
                Assert.True(model.Room == port.Room, what + " room");
                Assert.True(model.Deadline == port.Deadline, what + " deadline");
            }

            Assert.True(model.Sent.SequenceEqual(sent), $"seed {seed}: what was sent");
        }
    }

    private static string Step(Random random, ref SerialPort port, SerialModel model, List<byte> sent, ulong now)
    {
        uint offset = s_offsets[random.Next(s_offsets.Length)];
        var value = (byte)random.Next(256);
        switch (random.Next(8))
        {
            case 0 or 1 or 2:
                byte expected = model.Read(offset, now);
                byte actual = port.Read(offset, now);
                Assert.True(expected == actual, $"read {offset} at {now}: {actual:X2} instead of {expected:X2}");
                return $"read {offset}";
            case 3 or 4:
                // Divisors and loopback stay rare.
                value = offset == 3 && random.Next(4) != 0 ? (byte)(value & 0x7F) : value;
                value = offset == 4 && random.Next(3) != 0 ? (byte)(value & 0xEF) : value;
                model.Write(offset, value, now);
                if (port.Write(offset, value, now))
                {
                    sent.Add(value);
                }

                return $"write {value:X2} to {offset}";
            case 5 or 6:
                byte errors = random.Next(5) == 0 ? SerialPort.Break : (byte)0;
                model.Receive(value, errors, now);
                port.Receive(value, errors, now);
                return $"receive {value:X2}";
            default:
                model.Elapse(now);
                port.Elapse(now);
                return "elapse";
        }
    }
}
