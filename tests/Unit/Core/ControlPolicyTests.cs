// Control words on every processor there is in software: nothing the processor forbids, everything it demands, what we
// require or a name for what is missing; and what a configuration changes.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

public sealed class ControlPolicyTests
{
    public static TheoryData<string> Processors => new(Presets.All
        .Where(preset => preset.Value().Msrs.ContainsKey((uint)Msr.VmxBasic)).Select(preset => preset.Key));

    [Theory]
    [MemberData(nameof(Processors))]
    public void EffectiveIsWhatTheProcessorAllows(string preset)
    {
        Cpu.Soft = Presets.All[preset]();
        VmxCapabilities allowed = VmxCapabilities.Read();
        bool chosen = ControlPolicy.TryChoose(allowed, default, out ControlWords words, out MissingControl missing);
        Assert.Equal(!missing.IsMissing, chosen);
        if (!chosen)
        {
            return;
        }

        foreach ((uint value, AllowedControls limits) in WordList(words, allowed))
        {
            Assert.True(limits.HasMustBeOne(value) && limits.MayBeOne(value), $"{value:X8} against {limits.Raw:X}");
        }

        Assert.True(words.Has(ControlPolicy.RequiredPin) && words.Has(ControlPolicy.RequiredPrimary));
        Assert.True(words.Has(ControlPolicy.RequiredSecondary) && words.Has(ControlPolicy.RequiredExit));
        Assert.True(words.Has(ControlPolicy.RequiredEntry));
        Assert.Equal(allowed.Pin.MayBeOne((uint)PinControls.PreemptionTimer), words.Has(PinControls.PreemptionTimer));
        Assert.Equal(words.Has(PinControls.PreemptionTimer), words.Has(ExitControls.SavePreemptionTimerValue));
        Assert.Equal(
            allowed.Secondary.MayBeOne((uint)SecondaryControls.EnableVpid), words.Has(SecondaryControls.EnableVpid));
    }

    [Theory]
    [InlineData(nameof(Presets.NoSecondaryControls), (int)ControlWord.Primary, "secondary controls")]
    [InlineData(nameof(Presets.NoEpt), (int)ControlWord.Secondary, "EPT")]
    [InlineData(nameof(Presets.NoUnrestrictedGuest), (int)ControlWord.Secondary, "unrestricted guest")]
    [InlineData(nameof(Presets.NoMsrBitmaps), (int)ControlWord.Primary, "MSR bitmaps")]
    public void WhatIsMissingIsNamed(string preset, int word, string name)
    {
        Cpu.Soft = Presets.All[preset]();
        Assert.False(ControlPolicy.TryChoose(VmxCapabilities.Read(), default, out _, out MissingControl missing));
        Assert.Equal((word, name), ((int)missing.Word, Text(missing.Name)));
    }

    // All of it or nothing, and CR8 exits only where it is not virtual.
    [Theory]
    [InlineData(0u, 0u, true)]
    [InlineData((uint)PrimaryControls.UseTprShadow, 0u, false)]
    [InlineData(0u, (uint)SecondaryControls.VirtualInterruptDelivery, false)]
    [InlineData(0u, (uint)SecondaryControls.ApicRegisterVirtualization, false)]
    [InlineData(0u, (uint)SecondaryControls.VirtualizeX2ApicMode, false)]
    public void WhatMakesAnApicVirtualGoesTogether(uint primaryClear, uint secondaryClear, bool isVirtual)
    {
        const PrimaryControls priority = PrimaryControls.Cr8LoadExiting | PrimaryControls.Cr8StoreExiting;
        const SecondaryControls all = SecondaryControls.VirtualizeX2ApicMode
            | SecondaryControls.ApicRegisterVirtualization | SecondaryControls.VirtualInterruptDelivery;
        Cpu.Soft = Presets.SkylakeX();
        var changes = new ControlChanges { PrimaryClear = primaryClear, SecondaryClear = secondaryClear };
        VmxCapabilities allowed = VmxCapabilities.Read();
        Assert.True(ControlPolicy.TryChoose(allowed, changes, out ControlWords words, out _));
        Assert.Equal(isVirtual, ControlPolicy.TryVirtualizeApic(allowed, changes, ref words));
        Assert.Equal(isVirtual ? all : 0, words.Secondary & all);
        Assert.Equal(isVirtual ? 0 : priority, words.Primary & priority);
        Assert.Equal(isVirtual, words.Has(PrimaryControls.UseTprShadow));
    }

    [Theory]
    [MemberData(nameof(Processors))]
    public void AVirtualApicIsWhatTheProcessorAllows(string preset)
    {
        Cpu.Soft = Presets.All[preset]();
        VmxCapabilities allowed = VmxCapabilities.Read();
        ControlPolicy.TryChoose(allowed, default, out ControlWords words, out _);
        bool isVirtual = ControlPolicy.TryVirtualizeApic(allowed, default, ref words);
        Assert.Equal(
            preset is not (nameof(Presets.NoApicVirtualization) or nameof(Presets.NoSecondaryControls)), isVirtual);
        Assert.True(allowed.Primary.MayBeOne((uint)words.Primary) && allowed.Primary.HasMustBeOne((uint)words.Primary));
        Assert.True(allowed.Secondary.MayBeOne((uint)words.Secondary));
    }

    [Fact]
    public void ASceneSetsAndClears()
    {
        Cpu.Soft = Presets.SkylakeX();
        var changes = new ControlChanges
        {
            PinClear = (uint)PinControls.PreemptionTimer,
            PrimarySet = (uint)PrimaryControls.RdtscExiting,
            PrimaryClear = (uint)PrimaryControls.UseTscOffsetting,
            SecondarySet = (uint)SecondaryControls.WbinvdExiting,
            SecondaryClear = (uint)SecondaryControls.EnableVpid,
            ExitSet = (uint)ExitControls.SavePat,
            ExitClear = (uint)ExitControls.AcknowledgeInterruptOnExit,
        };
        Assert.True(ControlPolicy.TryChoose(VmxCapabilities.Read(), changes, out ControlWords words, out _));
        Assert.False(words.Has(PinControls.PreemptionTimer) || words.Has(ExitControls.SavePreemptionTimerValue));
        Assert.True(words.Has(PrimaryControls.RdtscExiting) && !words.Has(PrimaryControls.UseTscOffsetting));
        Assert.True(words.Has(SecondaryControls.WbinvdExiting) && !words.Has(SecondaryControls.EnableVpid));
        Assert.True(words.Has(ExitControls.SavePat) && !words.Has(ExitControls.AcknowledgeInterruptOnExit));
    }

    // A bit that must be 1 cannot be cleared, one that must be 0 cannot be set.
    [Fact]
    public void WhatASceneCannotHaveIsNamed()
    {
        Cpu.Soft = Presets.NoTrueControls();
        VmxCapabilities allowed = VmxCapabilities.Read();
        var clear = new ControlChanges { PrimaryClear = (uint)PrimaryControls.Cr3LoadExiting };
        Assert.False(ControlPolicy.TryChoose(allowed, clear, out _, out MissingControl missing));
        Assert.Equal(((uint)ControlWord.Primary, 15), (missing.Word, missing.Bit));
        var set = new ControlChanges { PinSet = (uint)PinControls.PostedInterrupts };
        Assert.False(ControlPolicy.TryChoose(allowed, set, out _, out missing));
        Assert.Equal(((uint)ControlWord.Pin, 7), (missing.Word, missing.Bit));
    }

    [Fact]
    public void WithoutNmiExitingThereAreNoVirtualNmis()
    {
        Cpu.Soft = Presets.SkylakeX();
        var changes = new ControlChanges { PinClear = (uint)PinControls.NmiExiting };
        Assert.True(ControlPolicy.TryChoose(VmxCapabilities.Read(), changes, out ControlWords words, out _));
        Assert.False(words.Has(PinControls.VirtualNmis) || words.Has(PrimaryControls.NmiWindowExiting));
    }

    // Every bit with a name in the enum has one for people, and no other bit has.
    [Fact]
    public void EveryBitHasAName()
    {
        Compare<PinControls>(ControlWord.Pin);
        Compare<PrimaryControls>(ControlWord.Primary);
        Compare<SecondaryControls>(ControlWord.Secondary);
        Compare<ExitControls>(ControlWord.Exit);
        Compare<EntryControls>(ControlWord.Entry);
    }

    private static void Compare<T>(ControlWord word)
        where T : struct, Enum
    {
        for (int bit = 0; bit < 32; bit++)
        {
            var value = (T)Enum.ToObject(typeof(T), 1u << bit);
            string name = Text(Names.OfControl((uint)word, bit));
            Assert.True(Enum.IsDefined(value) == (name.Length != 0), $"{word} {bit}: '{value}', '{name}'");
            if (name.Length != 0)
            {
                string[] wanted = Letters(value.ToString());
                string have = string.Concat(Letters(name));
                Assert.True(wanted.Any(part => have.Contains(part, StringComparison.Ordinal)),
                    $"{word} {bit}: '{value}', '{name}'");
            }
        }

        Assert.Equal(0, Names.OfControl((uint)word, 40).Length);
        Assert.NotEqual(0, Names.OfControlWord((uint)word).Length);
    }

    // Words of a name, small, without those that say nothing.
    private static string[] Letters(string name)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (char character in name + " ")
        {
            bool starts = char.IsUpper(character) && word.Length != 0 && !char.IsUpper(word[^1]);
            if (starts || !char.IsLetterOrDigit(character))
            {
                words.Add(word.ToString().ToLowerInvariant());
                word.Clear();
            }

            if (char.IsLetterOrDigit(character))
            {
                word.Append(character);
            }
        }

        string joined = string.Concat(words).Replace("_", "", StringComparison.Ordinal);
        words.Add(joined);
        return [.. words.Where(part => part.Length > 1 && part is not ("use" or "enable"))];
    }

    private static IEnumerable<(uint Value, AllowedControls Limits)> WordList(
        ControlWords words, VmxCapabilities allowed) =>
    [
        ((uint)words.Pin, allowed.Pin), ((uint)words.Primary, allowed.Primary),
        ((uint)words.Secondary, allowed.Secondary), ((uint)words.Exit, allowed.Exit),
        ((uint)words.Entry, allowed.Entry),
    ];

    private static string Text(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);
}
