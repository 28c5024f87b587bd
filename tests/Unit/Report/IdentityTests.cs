// The identity property as it is printed, taken at its word: for every page of a guest, what the report's lines say
// about it is what its frame is, and the reason of a substitute is what the host has there.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using MinusOne.Tests.Unit.Memory;
using Xunit;

namespace MinusOne.Tests.Unit.Report;

public sealed unsafe class IdentityTests
{
    private const ulong PageBytes = 4096;
    private const uint Frames = 64;

    private static readonly PhysicalKind[] s_kinds =
    [
        PhysicalKind.Usable, PhysicalKind.Usable, PhysicalKind.Reserved, PhysicalKind.AcpiNvs,
        PhysicalKind.RuntimeData, PhysicalKind.Hypervisor,
    ];

    private static readonly Regex s_line =
        new(@"^  memory ([0-9A-F]+)h-([0-9A-F]+)h: (.*?)\r?$", RegexOptions.Multiline);

    [Fact]
    public void WhatIsPrintedIsWhereThePagesAre()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            using var fixture = new GuestFixture(3 * Frames, Frames);
            var kinds = new PhysicalKind[Frames];
            for (uint frame = 0; frame < Frames;)
            {
                PhysicalKind kind = s_kinds[random.Next(s_kinds.Length)];
                uint end = Math.Min(Frames, frame + (uint)random.Next(1, 20));
                Assert.True(fixture.Physical->TrySet(Host(fixture, frame), Host(fixture, end), kind));
                for (; frame < end; frame++)
                {
                    kinds[frame] = kind;
                }
            }

            Check(fixture, kinds, seed);
        }
    }

    private static void Check(GuestFixture fixture, PhysicalKind[] kinds, int seed)
    {
        var vm = (Vm*)NativeMemory.AllocZeroed((nuint)sizeof(Vm));
        vm->Memory = fixture.Create();
        Assert.Equal(
            RegionStatus.Added, vm->Memory.AddRegion(GuestRegionKind.Ram, fixture.Own(0), Frames * PageBytes));
        Dictionary<ulong, string> said = Said(vm);
        Assert.Equal((int)Frames, said.Count);
        for (uint frame = 0; frame < Frames; frame++)
        {
            Gpa page = fixture.Own(frame);
            Assert.Equal(Resolution.Mapped, vm->Memory.TryReach(page, PageRights.Write, out byte* host));
            bool isIdentity = (ulong)host == page.Value;
            string expected = isIdentity ? "identity"
                : "substituted, for on the host this is "
                    + Encoding.ASCII.GetString(Names.OfPhysicalKind((uint)kinds[frame]));
            Assert.True(isIdentity == (kinds[frame] == PhysicalKind.Usable), $"seed {seed}, frame {frame}");
            Assert.True(expected == said[page.Value], $"seed {seed}, frame {frame}: {said[page.Value]}");
        }

        vm->Memory.Release();
        NativeMemory.Free(vm);
    }

    // What was said of each page, and of none twice.
    private static Dictionary<ulong, string> Said(Vm* vm)
    {
        var said = new Dictionary<ulong, string>();
        Hv.Seam.Host.Written(Output.Log).Clear();
        MemoryReport.Print(vm);
        string log = Encoding.ASCII.GetString([.. Hv.Seam.Host.Written(Output.Log)]);
        foreach (Match line in s_line.Matches(log))
        {
            ulong last = ulong.Parse(line.Groups[2].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            ulong page = ulong.Parse(line.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            for (; page <= last; page += PageBytes)
            {
                said.Add(page, line.Groups[3].Value);
            }
        }

        return said;
    }

    private static Hpa Host(GuestFixture fixture, uint frame) => fixture.Arena.Own + ((ulong)frame << 12);
}
