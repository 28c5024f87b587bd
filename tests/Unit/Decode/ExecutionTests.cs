// Emulated instructions against the processor these tests run on: the same bytes, registers, flags and memory,
// compared after every one. Only 64-bit mode, RSP never an operand.

using System;
using System.Runtime.InteropServices;
using Xunit;

namespace MinusOne.Tests.Unit.Decode;

public sealed class ExecutionTests
{
    [Fact]
    public void AgreesWithTheProcessor() => CompareMany(11, 30_000);

    [Fact]
    [Trait("Speed", "Slow")]
    public void AgreesWithTheProcessorOverAMillion() => CompareMany(12, 1_000_000);

    private static void CompareMany(int seed, int count)
    {
        Assert.Equal(Architecture.X64, RuntimeInformation.ProcessArchitecture);
        using var processor = new NativeProcessor();
        var memory = new EmulatedMemory(processor.Data, NativeProcessor.DataSize);
        var random = new Random(seed);
        random.NextBytes(memory.Bytes);
        var executed = new int[Enum.GetValues<Operation>().Length];
        for (int i = 0; i < count; i++)
        {
            ExecutionCase testCase = ExecutionCase.Create(random, processor, memory);
            if (testCase is null)
            {
                continue;
            }

            string difference = testCase.Compare(processor, memory);
            Assert.True(difference is null, $"seed {seed}, case {i}: {testCase}: {difference}");
            executed[(int)testCase.Operation]++;
        }

        for (int i = 0; i < executed.Length; i++)
        {
            // CMPXCHG8B is one value of eight of a ModRM field.
            Assert.True(executed[i] > count / 6000, $"{(Operation)i} was executed {executed[i]} times only");
        }
    }
}
