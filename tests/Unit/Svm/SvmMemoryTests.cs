// What the processor remembers on SVM: translations until an entry flushes their ASID, and parts of a VMCB until a
// clean bit is clear. What is forgotten to be said is seen here.

using System.Collections.Generic;
using System.Linq;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Svm;

public sealed unsafe class SvmMemoryTests
{
    private const ulong Page = 0x5000, AddressMask = 0x000F_FFFF_FFFF_F000;

    // A frame is exchanged under the guest. An entry that flushes nothing would go on with the old one.
    [Theory]
    [InlineData((uint)TlbControl.Nothing, false)]
    [InlineData((uint)TlbControl.Everything, true)]
    [InlineData((uint)TlbControl.OfThisAsid, true)]
    public void AForgottenFlushIsSeen(uint flush, bool isGood)
    {
        using var scene = new SvmScene();
        scene.Guest.Then(guest =>
        {
            guest.Write8(new Gpa(Page), 1);
            guest.Write8(new Gpa(Page + 0x1000), 2);
            ulong* first = Leaf(scene, Page), second = Leaf(scene, Page + 0x1000);
            (*first, *second) = (*second, *first);
            scene.Svm.Entering = () => scene.Vmcb->TlbControl = (TlbControl)flush;
            guest.Wbinvd();
            Assert.Equal(2, guest.Read8(new Gpa(Page)));
            guest.Hlt();
        });
        scene.Core.Config->ExpectedEnd = GuestEnd.Halted;

        if (isGood)
        {
            Assert.True(scene.Core.Run(), scene.Core.Log);
        }
        else
        {
            Assert.Contains("flush of ASID", Assert.Throws<SoftCpuException>(() => scene.Core.Run()).Message);
        }
    }

    [Fact]
    public void OneAsidIsFlushedOnlyWhereThatIsKnown()
    {
        using var scene = new SvmScene(nameof(Presets.PlainSvm));
        scene.Guest.Then(guest =>
        {
            scene.Svm.Entering = () => scene.Vmcb->TlbControl = TlbControl.OfThisAsid;
            guest.Wbinvd();
        });
        Assert.Contains("TLB_CONTROL", Assert.Throws<SoftCpuException>(() => scene.Core.Run()).Message);
    }

    // The guest changes its tables and then CR4, which the hypervisor writes: the processor has not seen that.
    [Theory]
    [InlineData(nameof(Presets.Ryzen), true)]
    [InlineData(nameof(Presets.PlainSvm), true)]
    [InlineData(nameof(Presets.Ryzen), false)]
    public void WhatAGuestForgetsIsForgotten(string preset, bool forgets)
    {
        const ulong entry = 0x3000 + (4 * 5);
        using var scene = new SvmScene(preset, isProtected: true);
        scene.Play(guest =>
        {
            guest.Write8(new Gpa(0x6000), 0x61);
            guest.Write8(new Gpa(0x7000), 0x72);
            guest.Write32(new Gpa(0x2000), 0x3003);
            guest.Write32(new Gpa(0x3004), 0x1003);
            guest.Write32(new Gpa(entry), 0x6003);
            guest.MovToCr3(0x2000);
            guest.MovToCr0(guest.MovFromCr0() | (ulong)Cr0.Paging);
            Assert.Equal(0x61, guest.Read8(new Gva(Page)));
            guest.Write32(new Gpa(entry), 0x7003);
            if (forgets)
            {
                guest.MovToCr4(guest.MovFromCr4() ^ (ulong)Cr4.PageGlobalEnable);
            }

            Assert.Equal(forgets ? 0x72 : 0x61, guest.Read8(new Gva(Page)));
        });
    }

    // Three guests and two ASIDs: who comes after another under the same one sees nothing of its memory.
    [Fact]
    public void MoreGuestsThanAsids()
    {
        using var scene = new SvmScene(nameof(Presets.FewAsids));
        var asids = new Dictionary<ulong, uint>();
        var written = new Dictionary<ulong, byte>();
        scene.Guest.Then(guest =>
        {
            for (byte i = 0; i < 9; i++)
            {
                ulong region = guest.Vmcs.Region.Value;
                Assert.Equal(written.GetValueOrDefault(region), guest.Read8(new Gpa(Page)));
                guest.Write8(new Gpa(Page), (byte)(i + 1));
                (asids[region], written[region]) = (scene.Svm.Asid, (byte)(i + 1));
                guest.Exit(Exits.Pause());
            }

            for (int i = 0; i < 3; i++)
            {
                guest.Exit(Exits.Hlt());
            }
        });
        var settings = scene.Core.Settings;
        settings.AreTogether = true;
        scene.Core.Settings = settings;
        Assert.Equal(0u, scene.Core.Run("one two three", scene.Core.Programs("one", "two", "three")));
        Assert.Equal(3, asids.Count);
        Assert.True(asids.Values.Distinct().Count() < 3);
    }

    // A bit that says "clean" of what has changed: the processor goes on with what it had.
    [Theory]
    [InlineData(1u << 0, true)]
    [InlineData(0u, false)]
    [InlineData(1u << 5, false)]
    public void ACleanBitThatLies(uint clean, bool keepsOld)
    {
        using var scene = new SvmScene();
        scene.Guest.Then(guest =>
        {
            guest.Cpuid(0);
            scene.Svm.Entering = () =>
            {
                scene.Vmcb->General &= ~GeneralIntercepts.Cpuid;
                scene.Vmcb->Clean = clean;
            };
            guest.Wbinvd();
            guest.Cpuid(0);
            guest.Hlt();
        });
        if (keepsOld)
        {
            Assert.True(scene.Core.Run(), scene.Core.Log);
        }
        else
        {
            Assert.Contains("not intercepted", Assert.Throws<SoftCpuException>(() => scene.Core.Run()).Message);
        }
    }

    [Fact]
    public void ACleanBitOfAnUnknownVmcb()
    {
        using var machine = new SvmMachine();
        machine.Vmcb->Clean = 1;
        Assert.Contains("clean bits", machine.Refused());
        machine.Vmcb->Clean = 1u << 13;
        Assert.Contains("clean bits", machine.Refused());
    }

    // The entry for a page of the guest's, found in the real tables.
    internal static ulong* Leaf(SvmScene scene, ulong address)
    {
        ulong table = scene.Vmcb->NestedRoot.Value;
        for (int shift = 39; ; shift -= 9)
        {
            var slot = (ulong*)(table & AddressMask) + ((address >> shift) & 511);
            if (shift == 12)
            {
                return slot;
            }

            table = *slot;
        }
    }
}
