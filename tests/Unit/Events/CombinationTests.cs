// Two exceptions at once, all pairs, against the manual's classes written down as a table.

using System;
using System.Linq;
using Xunit;

namespace MinusOne.Tests.Unit.Events;

public sealed class CombinationTests
{
    // SDM 3A 6.15, Interrupt and Exception Classes: 0 benign, 1 contributory, 2 page fault, 3 double fault.
    private static readonly byte[] s_classes =
        [1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 1, 1, 1, 1, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    // Conditions for Generating a Double Fault: S serial, D double, T triple; a row for each first class.
    private static readonly string[] s_table = ["SSSS", "SDSS", "SDDS", "STTS"];

    [Fact]
    public void EveryPairIsAsTheTableSays()
    {
        for (int first = 0; first < 32; first++)
        {
            // A #DF is not raised beside something, so its column counts for nothing.
            for (int second = 0; second < 32; second++)
            {
                char expected = s_table[s_classes[first]][s_classes[second]];
                CombinedFault actual =
                    Combination.Of(Event.Exception((ExceptionVector)first, 0), (ExceptionVector)second);
                Assert.True(expected == "SDT"[(int)actual], $"{first} then {second}: {actual}");
            }
        }
    }

    // Whatever is no hardware exception combines with nothing.
    [Fact]
    public void InterruptsAreBenign()
    {
        Event[] benign =
        [
            default, Event.Nmi, Event.External(13), Event.External(14), Event.SoftwareInterrupt(8, 2),
            Event.SoftwareInterrupt(13, 2), Event.SoftwareException(ExceptionVector.Overflow, 1),
            new(InterruptionInformation.Create(InterruptionType.PrivilegedSoftwareException, 14, false), 0, 1),
        ];
        foreach (Event first in benign)
        {
            Assert.All(
                Enumerable.Range(0, 32),
                second => Assert.Equal(CombinedFault.Serial, Combination.Of(first, (ExceptionVector)second)));
        }
    }

    [Fact]
    public void ErrorCodesAreWhereTheManualHasThem()
    {
        int[] withCode = [8, 10, 11, 12, 13, 14, 17, 21];
        for (int vector = 0; vector < 32; vector++)
        {
            Event raised = Event.Exception((ExceptionVector)vector, 0x55);
            Assert.Equal(withCode.Contains(vector), raised.Information.HasErrorCode);
            Assert.Equal((vector, InterruptionType.HardwareException, true),
                (raised.Information.Vector, raised.Information.Type, raised.IsValid));
        }
    }
}
